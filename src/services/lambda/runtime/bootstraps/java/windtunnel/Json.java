package windtunnel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON as maps, lists, strings, booleans and numbers (Integer, Long or Double, as AWS's runtime
 * has them), and anything as JSON.
 */
final class Json {
    private static final int MAX_DEPTH = 1000;
    private final String text;
    private int at;
    private int depth;

    private Json(String text) {
        this.text = text;
    }

    static Object parse(String text) {
        Json json = new Json(text);
        Object value = json.value();
        json.space();
        if (json.at < text.length()) {
            throw json.unexpected();
        }
        return value;
    }

    static String write(Object value) {
        StringBuilder out = new StringBuilder();
        write(value, out, 0);
        return out.toString();
    }

    private Object value() {
        space();
        if (++depth > MAX_DEPTH) {
            throw new IllegalArgumentException("The document is nested too deeply");
        }
        try {
            switch (at < text.length() ? text.charAt(at) : ' ') {
                case '{':
                    return object();
                case '[':
                    return array();
                case '"':
                    return string();
                case 't':
                    return word("true", true);
                case 'f':
                    return word("false", false);
                case 'n':
                    return word("null", null);
                default:
                    return number();
            }
        } finally {
            depth--;
        }
    }

    private Map<String, Object> object() {
        Map<String, Object> object = new LinkedHashMap<>();
        at++;
        for (boolean more = !ends('}'); more; more = goesOn('}')) {
            space();
            String name = string();
            space();
            expect(':');
            object.put(name, value());
        }
        return object;
    }

    private List<Object> array() {
        List<Object> array = new ArrayList<>();
        at++;
        for (boolean more = !ends(']'); more; more = goesOn(']')) {
            array.add(value());
        }
        return array;
    }

    private boolean ends(char end) {
        space();
        boolean ended = at < text.length() && text.charAt(at) == end;
        if (ended) {
            at++;
        }
        return ended;
    }

    private boolean goesOn(char end) {
        if (ends(end)) {
            return false;
        }
        expect(',');
        return true;
    }

    private String string() {
        expect('"');
        StringBuilder string = new StringBuilder();
        while (at < text.length()) {
            char next = text.charAt(at++);
            if (next == '"') {
                return string.toString();
            }
            string.append(next == '\\' ? escaped() : next);
        }
        throw unexpected();
    }

    private char escaped() {
        if (at >= text.length()) {
            throw unexpected();
        }
        char kind = text.charAt(at++);
        switch (kind) {
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u':
                at += 4;
                return (char) Integer.parseInt(text.substring(at - 4, at), 16);
            default:
                return kind;
        }
    }

    private Object number() {
        int start = at;
        while (at < text.length() && "+-0123456789.eE".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String number = text.substring(start, at);
        if (number.isEmpty()) {
            throw unexpected();
        }
        if (number.matches("-?\\d{1,18}")) {
            long whole = Long.parseLong(number);
            if (whole == (int) whole) {
                return (int) whole;
            }
            return whole;
        }
        return number.matches("-?\\d+")
                ? (Object) new java.math.BigInteger(number)
                : (Object) Double.valueOf(number);
    }

    private Object word(String word, Object value) {
        if (!text.startsWith(word, at)) {
            throw unexpected();
        }
        at += word.length();
        return value;
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private void expect(char wanted) {
        if (at >= text.length() || text.charAt(at) != wanted) {
            throw unexpected();
        }
        at++;
    }

    private IllegalArgumentException unexpected() {
        return new IllegalArgumentException("Unexpected JSON at character " + at);
    }

    private static void write(Object value, StringBuilder out, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("The object is nested too deeply");
        }
        Object plain = Binder.plain(value);
        if (plain == null || plain instanceof Boolean || plain instanceof Number) {
            out.append(plain);
        } else if (plain instanceof Map) {
            String between = "{";
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) plain).entrySet()) {
                out.append(between);
                quote(String.valueOf(entry.getKey()), out);
                out.append(':');
                write(entry.getValue(), out, depth + 1);
                between = ",";
            }
            out.append(between.equals("{") ? "{}" : "}");
        } else if (plain instanceof Iterable) {
            String between = "[";
            for (Object item : (Iterable<?>) plain) {
                out.append(between);
                write(item, out, depth + 1);
                between = ",";
            }
            out.append(between.equals("[") ? "[]" : "]");
        } else {
            quote(plain.toString(), out);
        }
    }

    private static void quote(String string, StringBuilder out) {
        out.append('"');
        for (int index = 0; index < string.length(); index++) {
            char next = string.charAt(index);
            if (next == '"' || next == '\\') {
                out.append('\\').append(next);
            } else if (next == '\n') {
                out.append("\\n");
            } else if (next == '\r') {
                out.append("\\r");
            } else if (next == '\t') {
                out.append("\\t");
            } else if (next < ' ') {
                out.append(String.format("\\u%04x", (int) next));
            } else {
                out.append(next);
            }
        }
        out.append('"');
    }
}
