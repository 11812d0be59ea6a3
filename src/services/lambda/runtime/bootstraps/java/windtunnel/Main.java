package windtunnel;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOError;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs a function of a Java runtime: loads the handler, takes invocations from the Runtime API and
 * answers them, as AWS's runtime does (aws-lambda-java-libs describes it). The JDK only.
 */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws Exception {
        setStreams();
        Api api = new Api(System.getenv("AWS_LAMBDA_RUNTIME_API"));
        ClassLoader loader = functionLoader();
        Thread.currentThread().setContextClassLoader(loader);
        Handler handler = load(api, System.getenv("_HANDLER"), loader);
        api.ask();
        // Then it ends by itself, once all threads of the function have.
        while (handle(api, handler, api.next())) {
            continue;
        }
    }

    /** Whatever the locale: AWS's streams are UTF-8. */
    private static void setStreams() throws Exception {
        System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8"));
        System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.err), true, "UTF-8"));
    }

    /** Classes at the root, then the jars of the function and of its layers. */
    private static ClassLoader functionLoader() throws Exception {
        List<URL> urls = new ArrayList<>();
        File root = new File(System.getenv("LAMBDA_TASK_ROOT"));
        urls.add(root.toURI().toURL());
        addJars(urls, new File(root, "lib"));
        addJars(urls, new File(System.getenv("_WINDTUNNEL_OPT"), "java/lib"));
        return new URLClassLoader(urls.toArray(new URL[0]), Main.class.getClassLoader());
    }

    private static void addJars(List<URL> urls, File folder) throws Exception {
        File[] jars = folder.listFiles((dir, name) -> name.endsWith(".jar"));
        if (jars == null) {
            return;
        }
        Arrays.sort(jars);
        for (File jar : jars) {
            urls.add(jar.toURI().toURL());
        }
    }

    private static Handler load(Api api, String handler, ClassLoader loader) throws Exception {
        try {
            return Handlers.load(handler, loader);
        } catch (Fault fault) {
            if (!fault.failsInit) {
                // It is told to whoever invokes.
                return (input, output, context) -> {
                    throw fault;
                };
            }
            Log.write(fault.logText());
            api.initError(fault.document(), "Runtime.BadFunctionCode");
            System.exit(1);
            throw fault;
        }
    }

    /** Whether there may be another invocation. */
    private static boolean handle(Api api, Handler handler, Api.Invocation invocation)
            throws Exception {
        Log.requestId = invocation.requestId();
        setTraceId(invocation.header("lambda-runtime-trace-id"));
        byte[] answer;
        try {
            answer = handler.call(invocation.body, new InvocationContext(invocation));
        } catch (Throwable thrown) {
            Fault fault = Fault.of(thrown);
            Log.write(fault.logText());
            boolean last = fault.fatal
                    || thrown instanceof VirtualMachineError
                    || thrown instanceof IOError;
            String type = fault.runtimeType();
            api.answerError(invocation.requestId(), fault.document(), type, last);
            return !last;
        } finally {
            System.out.flush();
            System.err.flush();
        }
        api.answer(invocation.requestId(), answer);
        return true;
    }

    /** Where the X-Ray SDK for Java looks first. */
    private static void setTraceId(String traceId) {
        if (traceId == null) {
            System.clearProperty("com.amazonaws.xray.traceHeader");
        } else {
            System.setProperty("com.amazonaws.xray.traceHeader", traceId);
        }
    }
}
