package example;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

/** Started by the handler, not by Spring Boot's launcher. */
@SpringBootApplication
@EnableConfigurationProperties(Greetings.class)
public class Application {}
