package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** Answers with what auto-configuration, properties and the scan for classes have found. */
public class Handler implements RequestStreamHandler {
    private static final ConfigurableApplicationContext SPRING = SpringApplication.run(Application.class);

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        ObjectMapper mapper = SPRING.getBean(ObjectMapper.class);
        Map<?, ?> event = mapper.readValue(input, Map.class);
        Map<String, Object> answer = new TreeMap<>();
        answer.put("greeting", SPRING.getBean(Greetings.class).text() + ", " + event.get("name"));
        answer.put("beans", SPRING.getBeanDefinitionCount());
        answer.put("shouted", SPRING.getBean(Shout.class).of(String.valueOf(event.get("name"))));
        mapper.writeValue(output, answer);
    }
}
