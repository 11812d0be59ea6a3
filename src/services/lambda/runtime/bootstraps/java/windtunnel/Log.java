package windtunnel;

import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** Log events: frames on the telemetry descriptor, in the text or the JSON form. */
public final class Log {
    private static final int HEADER_BYTES = 16;
    private static final int FRAME_TEXT = 0xa55a0003;
    private static final int FRAME_JSON = 0xa55a0002;
    private static final boolean JSON = "JSON".equals(System.getenv("AWS_LAMBDA_LOG_FORMAT"));
    private static final LogLevel LEAST = least();
    private static final OutputStream OUT = open();

    /** The invocation that is served. */
    static volatile String requestId;

    public static final LambdaLogger LOGGER = new LambdaLogger() {
        @Override
        public void log(String message) {
            log(message, LogLevel.UNDEFINED);
        }

        @Override
        public void log(byte[] message) {
            frame(message);
        }

        @Override
        public void log(String message, LogLevel level) {
            if (level == LogLevel.UNDEFINED || level.compareTo(LEAST) >= 0) {
                write(message, level);
            }
        }
    };

    private Log() {}

    static void write(String message) {
        write(message, JSON ? LogLevel.ERROR : LogLevel.UNDEFINED);
    }

    private static void write(String message, LogLevel level) {
        frame(format(message, level).getBytes(StandardCharsets.UTF_8));
    }

    private static String format(String message, LogLevel level) {
        if (!JSON) {
            return level == LogLevel.UNDEFINED ? message : "[" + level + "] " + message;
        }
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("timestamp", Instant.now().toString());
        entry.put("message", message);
        entry.put("level", level.name());
        entry.put("AWSRequestId", requestId);
        return Json.write(entry);
    }

    private static synchronized void frame(byte[] message) {
        Instant now = Instant.now();
        ByteBuffer frame = ByteBuffer.allocate(HEADER_BYTES + message.length);
        frame.putInt(JSON ? FRAME_JSON : FRAME_TEXT);
        frame.putInt(message.length);
        frame.putLong(now.getEpochSecond() * 1_000_000 + now.getNano() / 1000);
        frame.put(message);
        try {
            OUT.write(frame.array());
        } catch (IOException gone) {
            // Whoever read the log has ended.
        }
    }

    private static LogLevel least() {
        String level = System.getenv("AWS_LAMBDA_LOG_LEVEL");
        return level == null ? LogLevel.UNDEFINED : LogLevel.fromString(level);
    }

    /** Java opens no descriptor by its number, but the system has a name for it. */
    private static OutputStream open() {
        String descriptor = System.getenv("_LAMBDA_TELEMETRY_LOG_FD");
        try {
            return new FileOutputStream("/dev/fd/" + descriptor);
        } catch (IOException missing) {
            return System.out;
        }
    }
}
