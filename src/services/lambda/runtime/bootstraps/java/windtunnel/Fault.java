package windtunnel;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What went wrong, as AWS describes it. */
final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The function cannot be loaded: Init fails. Other faults fail the invocation. */
    final boolean fatal;
    private final String type;
    private final Throwable thrown;
    private final boolean traced;

    private Fault(String message, String type, Throwable thrown, boolean traced, boolean fatal) {
        super(message);
        this.type = type;
        this.thrown = thrown;
        this.traced = traced;
        this.fatal = fatal;
    }

    static Fault of(Throwable thrown) {
        if (thrown instanceof Fault) {
            return (Fault) thrown;
        }
        String type = thrown.getClass().getName();
        String message = thrown.getLocalizedMessage();
        return new Fault(message == null ? type : message, type, withoutOurs(thrown), true, false);
    }

    static Fault of(String message) {
        return new Fault(message, null, null, false, false);
    }

    static Fault classNotFound(Throwable thrown, String name) {
        String type = thrown.getClass().getName();
        return new Fault("Class not found: " + name, type, withoutOurs(thrown), false, false);
    }

    static Fault notLoaded(Throwable thrown, String name) {
        String detail = thrown.getMessage() == null ? "" : ": " + thrown.getMessage();
        String message = "Error loading class " + name + detail;
        return new Fault(message, thrown.getClass().getName(), withoutOurs(thrown), false, true);
    }

    String document() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("errorMessage", getMessage());
        if (type != null) {
            document.put("errorType", type);
        }
        if (traced) {
            List<String> trace = new ArrayList<>();
            for (StackTraceElement element : thrown.getStackTrace()) {
                trace.add(element.toString());
            }
            document.put("stackTrace", trace);
        }
        return Json.write(document);
    }

    /** What the platform is told. */
    String runtimeType() {
        return thrown instanceof ClassNotFoundException
                ? "Runtime.BadFunctionCode"
                : "Runtime.UserException";
    }

    String logText() {
        if (thrown == null) {
            return getMessage() + "\n";
        }
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return getMessage() + ": " + type + "\n" + text + "\n";
    }

    /** Cuts the frames of this runtime, and those below. */
    private static Throwable withoutOurs(Throwable thrown) {
        StackTraceElement[] trace = thrown.getStackTrace();
        for (int at = 0; at < trace.length; at++) {
            String name = trace[at].getClassName();
            boolean reflection = name.startsWith("jdk.internal.reflect.")
                    || name.startsWith("java.lang.reflect.");
            if (name.startsWith("windtunnel.") || reflection) {
                thrown.setStackTrace(Arrays.copyOf(trace, at));
                break;
            }
        }
        if (thrown.getCause() != null && thrown.getCause() != thrown) {
            withoutOurs(thrown.getCause());
        }
        return thrown;
    }
}
