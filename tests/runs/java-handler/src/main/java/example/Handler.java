package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.LocalDate;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** Answers from classes, a service, a resource and a module that Jackson finds through META-INF/services. */
public final class Handler implements RequestStreamHandler {
    private final ObjectMapper mapper =
            new ObjectMapper().findAndRegisterModules().disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS);

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        JsonNode event = mapper.readTree(input);
        Map<String, Object> answer = new TreeMap<>();
        answer.put("date", LocalDate.of(2024, 5, 6));
        answer.put("modules", mapper.getRegisteredModuleIds().size());
        try (InputStream texts = Handler.class.getResourceAsStream("/docs/README.md")) {
            answer.put("text", new String(texts.readAllBytes()).trim());
        }
        String name = event.get("name").asText();
        for (UnaryOperator<?> step : ServiceLoader.load(UnaryOperator.class)) {
            answer.put("step", ((Shout) step).apply(name));
        }
        mapper.writeValue(output, answer);
    }
}
