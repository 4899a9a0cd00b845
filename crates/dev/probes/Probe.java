import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Loads a handler as Lambda's Java run time does and calls it once for each event. */
public final class Probe {
    public static void main(String[] arguments) throws Exception {
        Path exchange = Path.of(arguments[2]);
        Class<?> type = Thread.currentThread().getContextClassLoader().loadClass(arguments[1]);
        RequestStreamHandler handler = (RequestStreamHandler) type.getDeclaredConstructor().newInstance();
        for (int number = 0; Files.exists(exchange.resolve("event-" + number + ".json")); number++) {
            try (InputStream event = Files.newInputStream(exchange.resolve("event-" + number + ".json"));
                    OutputStream answer = Files.newOutputStream(exchange.resolve("answer-" + number + ".json"))) {
                handler.handleRequest(event, answer, null);
            }
        }
    }
}
