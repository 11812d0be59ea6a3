package windtunnel;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Finds the handler that `package.Class` or `package.Class::method` names. */
final class Handlers {
    private static final byte[] NULL = "null".getBytes(StandardCharsets.UTF_8);

    private Handlers() {}

    /** @throws Fault when there is none. */
    static Handler load(String handler, ClassLoader loader) {
        int colons = handler.lastIndexOf("::");
        String className = colons < 0 ? handler : handler.substring(0, colons);
        String method = colons < 0 ? null : handler.substring(colons + 2);
        if (className.isEmpty() || (method != null && method.isEmpty())) {
            throw Fault.of("Invalid handler: `" + handler + "'");
        }
        Class<?> found;
        try {
            found = Class.forName(className, true, loader);
        } catch (ClassNotFoundException missing) {
            throw Fault.classNotFound(missing, className);
        } catch (NoClassDefFoundError missing) {
            throw Fault.notLoaded(missing, className, false);
        } catch (Throwable thrown) {
            throw Fault.notLoaded(thrown, className, true);
        }
        boolean isInterface = method == null || method.equals("handleRequest");
        if (isInterface && RequestStreamHandler.class.isAssignableFrom(found)) {
            return ((RequestStreamHandler) instance(found))::handleRequest;
        }
        if (isInterface && RequestHandler.class.isAssignableFrom(found)) {
            return ofRequestHandler(found);
        }
        if (method == null) {
            throw Fault.of("Class does not implement an appropriate handler interface: "
                    + found.getName());
        }
        return ofMethod(found, method);
    }

    private static Handler ofRequestHandler(Class<?> found) {
        @SuppressWarnings("unchecked")
        RequestHandler<Object, Object> own = (RequestHandler<Object, Object>) instance(found);
        Type input = inputOf(found);
        return (in, out, context) ->
                write(out, own.handleRequest(Binder.bind(read(in), input), context));
    }

    /** The input type that the class gives to RequestHandler; Object when it cannot be told. */
    private static Type inputOf(Class<?> found) {
        for (Class<?> at = found; at != null && at != Object.class; at = at.getSuperclass()) {
            for (Type type : at.getGenericInterfaces()) {
                boolean generic = type instanceof ParameterizedType;
                if (generic && ((ParameterizedType) type).getRawType() == RequestHandler.class) {
                    return ((ParameterizedType) type).getActualTypeArguments()[0];
                }
            }
        }
        return Object.class;
    }

    private static Handler ofMethod(Class<?> found, String name) {
        Method chosen = null;
        for (Method method : found.getMethods()) {
            boolean fits = method.getName().equals(name) && !method.isBridge();
            if (fits && (chosen == null || rank(method) > rank(chosen))) {
                chosen = method;
            }
        }
        if (chosen == null) {
            throw Fault.of("No public method named " + name
                    + " with appropriate method signature found on class " + found.getName());
        }
        Method method = chosen;
        Object own = Modifier.isStatic(method.getModifiers()) ? null : instance(found);
        return (in, out, context) -> call(method, own, in, out, context);
    }

    /** AWS prefers the most parameters, and those that take the context. */
    private static int rank(Method method) {
        Class<?>[] types = method.getParameterTypes();
        int count = types.length;
        return count * 2 + (count > 0 && types[count - 1] == Context.class ? 1 : 0);
    }

    private static void call(
            Method method, Object own, InputStream in, OutputStream out, Context context)
            throws Throwable {
        List<Object> arguments = new ArrayList<>();
        boolean streams = false;
        for (Type type : method.getGenericParameterTypes()) {
            if (type == Context.class) {
                arguments.add(context);
            } else if (type == InputStream.class) {
                arguments.add(in);
            } else if (type == OutputStream.class) {
                streams = true;
                arguments.add(out);
            } else {
                arguments.add(Binder.bind(read(in), type));
            }
        }
        Object result;
        try {
            method.setAccessible(true);
            result = method.invoke(own, arguments.toArray());
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
        if (!streams) {
            write(out, result);
        }
    }

    private static Object instance(Class<?> found) {
        try {
            return found.getConstructor().newInstance();
        } catch (NoSuchMethodException missing) {
            throw Fault.of("Class " + found.getName() + " has no public zero-argument constructor");
        } catch (InvocationTargetException thrown) {
            throw Fault.notLoaded(thrown.getCause(), found.getName(), true);
        } catch (ReflectiveOperationException thrown) {
            throw Fault.of("Class " + found.getName() + " cannot be instantiated");
        }
    }

    private static Object read(InputStream in) throws IOException {
        try {
            return Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (RuntimeException thrown) {
            throw new RuntimeException("An error occurred during JSON parsing", thrown);
        }
    }

    private static void write(OutputStream out, Object result) throws IOException {
        byte[] text = result == null ? NULL : Json.write(result).getBytes(StandardCharsets.UTF_8);
        out.write(text);
    }
}
