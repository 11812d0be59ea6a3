package windtunnel;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What went wrong, as AWS describes it. */
final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The function cannot be loaded: the process ends with it. */
    final boolean fatal;
    /** And with it Init, which otherwise succeeds: it is told to whoever invokes. */
    final boolean failsInit;
    private final String type;
    private final Throwable thrown;
    private final boolean traced;

    private Fault(
            String message,
            String type,
            Throwable thrown,
            boolean traced,
            boolean fatal,
            boolean failsInit) {
        super(message);
        this.type = type;
        this.thrown = thrown;
        this.traced = traced;
        this.fatal = fatal;
        this.failsInit = failsInit;
    }

    static Fault of(Throwable thrown) {
        if (thrown instanceof Fault) {
            return (Fault) thrown;
        }
        String type = thrown.getClass().getName();
        String message = thrown.getLocalizedMessage();
        String text = message == null ? type : message;
        return new Fault(text, type, withoutOurs(thrown), true, false, false);
    }

    static Fault of(String message) {
        return new Fault(message, null, null, false, false, false);
    }

    static Fault classNotFound(Throwable thrown, String name) {
        String type = thrown.getClass().getName();
        String message = "Class not found: " + name;
        return new Fault(message, type, withoutOurs(thrown), false, false, false);
    }

    static Fault notLoaded(Throwable thrown, String name, boolean failsInit) {
        String detail = thrown.getMessage() == null ? "" : ": " + thrown.getMessage();
        String message = "Error loading class " + name + detail;
        String type = thrown.getClass().getName();
        return new Fault(message, type, withoutOurs(thrown), false, true, failsInit);
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
        cut(thrown, Collections.newSetFromMap(new IdentityHashMap<>()));
        return thrown;
    }

    private static void cut(Throwable thrown, Set<Throwable> done) {
        if (thrown == null || !done.add(thrown)) {
            return;
        }
        StackTraceElement[] trace = thrown.getStackTrace();
        for (int at = 0; at < trace.length; at++) {
            if (trace[at].getClassName().startsWith("windtunnel.")) {
                thrown.setStackTrace(Arrays.copyOf(trace, at));
                break;
            }
        }
        cut(thrown.getCause(), done);
        for (Throwable suppressed : thrown.getSuppressed()) {
            cut(suppressed, done);
        }
    }
}
