package example;

import org.springframework.stereotype.Component;

/** Found by its annotation alone. */
@Component
public class Shout {
    String of(String text) {
        return text.toUpperCase() + "!";
    }
}
