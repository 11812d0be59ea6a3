package windtunnel;

import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Between JSON values and a function's own classes, which are beans: getters and setters. */
final class Binder {
    private Binder() {}

    /** The value as the type; members that the type does not have are left out, as on AWS. */
    static Object bind(Object value, Type type) {
        if (type instanceof WildcardType) {
            return bind(value, ((WildcardType) type).getUpperBounds()[0]);
        }
        Class<?> raw = rawOf(type);
        if (value == null || raw == Object.class) {
            return value;
        }
        if (raw == String.class || raw == CharSequence.class) {
            return value instanceof Map || value instanceof List ? Json.write(value) : value + "";
        }
        if (raw == boolean.class || raw == Boolean.class) {
            return Boolean.valueOf(value.toString());
        }
        if (raw.isPrimitive() || Number.class.isAssignableFrom(raw)) {
            return number(value.toString(), raw);
        }
        if (raw.isEnum()) {
            return constant(raw, value.toString());
        }
        if (value instanceof List) {
            return items((List<?>) value, type, raw);
        }
        return value instanceof Map ? object((Map<?, ?>) value, type, raw) : scalar(value, raw);
    }

    /** A map, list, number, boolean or string in place of an object. */
    static Object plain(Object value) {
        if (value == null || value instanceof Map || value instanceof Iterable
                || value instanceof Number || value instanceof Boolean
                || value instanceof CharSequence) {
            return value;
        }
        if (value instanceof Optional) {
            return plain(((Optional<?>) value).orElse(null));
        }
        if (value.getClass().isArray()) {
            List<Object> items = new ArrayList<>();
            for (int index = 0; index < Array.getLength(value); index++) {
                items.add(Array.get(value, index));
            }
            return items;
        }
        boolean texts = value instanceof Enum || value instanceof Character
                || value.getClass().getName().startsWith("java.");
        return texts ? value.toString() : members(value);
    }

    private static Map<String, Object> members(Object bean) {
        Map<String, Object> members = new TreeMap<>();
        for (Method method : bean.getClass().getMethods()) {
            String name = getterOf(method);
            if (name == null) {
                continue;
            }
            try {
                method.setAccessible(true);
                members.put(name, method.invoke(bean));
            } catch (ReflectiveOperationException thrown) {
                throw new IllegalArgumentException(thrown);
            }
        }
        return members;
    }

    private static String getterOf(Method method) {
        boolean fits = method.getParameterCount() == 0 && !Modifier.isStatic(method.getModifiers())
                && method.getDeclaringClass() != Object.class && !method.isBridge();
        if (!fits) {
            return null;
        }
        String name = method.getName();
        if (name.length() > 3 && name.startsWith("get")) {
            return decapitalized(name.substring(3));
        }
        boolean is = name.length() > 2 && name.startsWith("is")
                && method.getReturnType() == boolean.class;
        if (is) {
            return decapitalized(name.substring(2));
        }
        Class<?> parent = method.getDeclaringClass().getSuperclass();
        boolean record = parent != null && parent.getName().equals("java.lang.Record");
        boolean own = !Arrays.asList("hashCode", "toString").contains(name);
        return record && own ? name : null;
    }

    private static String decapitalized(String name) {
        return name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
    }

    private static Object number(String text, Class<?> raw) {
        BigDecimal exact = new BigDecimal(text);
        if (raw == int.class || raw == Integer.class) {
            return exact.intValue();
        }
        if (raw == long.class || raw == Long.class) {
            return exact.longValue();
        }
        if (raw == double.class || raw == Double.class) {
            return exact.doubleValue();
        }
        if (raw == float.class || raw == Float.class) {
            return exact.floatValue();
        }
        if (raw == short.class || raw == Short.class) {
            return exact.shortValue();
        }
        if (raw == byte.class || raw == Byte.class) {
            return exact.byteValue();
        }
        return raw == BigInteger.class ? exact.toBigInteger() : exact;
    }

    private static Object constant(Class<?> raw, String name) {
        for (Object constant : raw.getEnumConstants()) {
            if (((Enum<?>) constant).name().equals(name)) {
                return constant;
            }
        }
        throw new IllegalArgumentException(name + " is none of " + raw.getName());
    }

    private static Object items(List<?> values, Type type, Class<?> raw) {
        Type item = raw.isArray() ? raw.getComponentType() : argument(type, 0);
        Collection<Object> items = Set.class.isAssignableFrom(raw)
                ? new HashSet<>() : new ArrayList<>();
        for (Object value : values) {
            items.add(bind(value, item));
        }
        if (!raw.isArray()) {
            return items;
        }
        Object array = Array.newInstance(raw.getComponentType(), items.size());
        int index = 0;
        for (Object value : items) {
            Array.set(array, index++, value);
        }
        return array;
    }

    private static Object object(Map<?, ?> values, Type type, Class<?> raw) {
        if (Map.class.isAssignableFrom(raw)) {
            Map<Object, Object> map = new LinkedHashMap<>();
            values.forEach((key, value) ->
                    map.put(bind(key, argument(type, 0)), bind(value, argument(type, 1))));
            return map;
        }
        Map<String, Object> byName = new LinkedHashMap<>();
        values.forEach((key, value) -> byName.put(normal(key.toString()), value));
        try {
            Constructor<?>[] constructors = raw.getConstructors();
            boolean record = raw.getSuperclass() != null
                    && raw.getSuperclass().getName().equals("java.lang.Record");
            if (record) {
                return constructors[0].newInstance(arguments(constructors[0], byName));
            }
            Object bean = raw.getDeclaredConstructor().newInstance();
            for (Method method : raw.getMethods()) {
                boolean setter = method.getName().startsWith("set")
                        && method.getParameterCount() == 1;
                String name = setter ? normal(method.getName().substring(3)) : "";
                if (byName.containsKey(name)) {
                    Type wanted = method.getGenericParameterTypes()[0];
                    method.invoke(bean, bind(byName.get(name), wanted));
                }
            }
            return bean;
        } catch (ReflectiveOperationException thrown) {
            throw new IllegalArgumentException("No " + raw.getName() + " can be made", thrown);
        }
    }

    private static Object[] arguments(Executable constructor, Map<String, Object> byName) {
        Object[] arguments = new Object[constructor.getParameterCount()];
        for (int index = 0; index < arguments.length; index++) {
            String name = normal(constructor.getParameters()[index].getName());
            Type wanted = constructor.getGenericParameterTypes()[index];
            arguments[index] = bind(byName.get(name), wanted);
        }
        return arguments;
    }

    /** `detail-type`, `detailType` and `DetailType` are one name. */
    private static String normal(String name) {
        return name.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
    }

    /** Dates and the like, which are made from their text. */
    private static Object scalar(Object value, Class<?> raw) {
        for (Class<?> parameter : new Class<?>[] {CharSequence.class, String.class}) {
            try {
                return raw.getMethod("parse", parameter).invoke(null, value.toString());
            } catch (ReflectiveOperationException none) {
                // The next form, then.
            }
        }
        try {
            return raw.getConstructor(String.class).newInstance(value.toString());
        } catch (ReflectiveOperationException none) {
            throw new IllegalArgumentException(value + " is no " + raw.getName(), none);
        }
    }

    private static Type argument(Type type, int index) {
        return type instanceof ParameterizedType
                ? ((ParameterizedType) type).getActualTypeArguments()[index]
                : Object.class;
    }

    private static Class<?> rawOf(Type type) {
        if (type instanceof Class) {
            return (Class<?>) type;
        }
        if (type instanceof ParameterizedType) {
            return (Class<?>) ((ParameterizedType) type).getRawType();
        }
        return type instanceof TypeVariable ? Object.class : Object[].class;
    }
}
