package windtunnel;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The Runtime API over one kept connection. */
final class Api {
    private static final String BASE = "/2018-06-01/runtime";
    private static final String NEXT =
            "GET " + BASE + "/invocation/next HTTP/1.1\r\nHost: l\r\n\r\n";

    private final InputStream in;
    private final OutputStream out;

    Api(String address) throws IOException {
        String[] parts = address.split(":");
        Socket socket = new Socket(parts[0], Integer.parseInt(parts[1]));
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    void ask() throws IOException {
        out.write(NEXT.getBytes(StandardCharsets.ISO_8859_1));
    }

    Invocation next() throws IOException {
        return read();
    }

    /** The answer and the request for the next invocation leave in one write. */
    void answer(String requestId, byte[] body) throws IOException {
        post("/invocation/" + requestId + "/response", body, "", NEXT);
    }

    /** @param last whether the process is about to end. */
    void answerError(String requestId, String document, String type, boolean last)
            throws IOException {
        String path = "/invocation/" + requestId + "/error";
        post(path, bytes(document), typeHeader(type), last ? "" : NEXT);
    }

    void initError(String document, String type) throws IOException {
        post("/init/error", bytes(document), typeHeader(type), "");
    }

    private void post(String path, byte[] body, String header, String after) throws IOException {
        String head = "POST " + BASE + path + " HTTP/1.1\r\nHost: l\r\n" + header
                + "Content-Type: application/json\r\nContent-Length: " + body.length + "\r\n\r\n";
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.write(head.getBytes(StandardCharsets.ISO_8859_1));
        request.write(body);
        request.write(after.getBytes(StandardCharsets.ISO_8859_1));
        request.writeTo(out);
        read();
    }

    private Invocation read() throws IOException {
        Invocation reply = new Invocation();
        line();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
            reply.headers.put(name, line.substring(colon + 1).trim());
        }
        reply.body = in.readNBytes(Integer.parseInt(reply.header("content-length")));
        return reply;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next == -1) {
                // Without its server there is nothing left to do.
                Runtime.getRuntime().halt(1);
            }
            if (next != '\r') {
                line.write(next);
            }
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    private static String typeHeader(String type) {
        return "Lambda-Runtime-Function-Error-Type: " + type + "\r\n";
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** An event with the headers that came along. */
    static final class Invocation {
        private final Map<String, String> headers = new HashMap<>();
        byte[] body;

        String header(String name) {
            return headers.get(name);
        }

        String requestId() {
            return header("lambda-runtime-aws-request-id");
        }
    }
}
