package windtunnel;

import com.amazonaws.services.lambda.runtime.Context;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;

/** Any form of handler, as one from bytes to bytes. */
interface Handler {
    void handle(InputStream input, OutputStream output, Context context) throws Throwable;

    default byte[] call(byte[] event, Context context) throws Throwable {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        handle(new ByteArrayInputStream(event), output, context);
        return output.toByteArray();
    }
}
