package example;

import org.springframework.boot.context.properties.ConfigurationProperties;

/** What application.yml says. */
@ConfigurationProperties("greetings")
public record Greetings(String text) {}
