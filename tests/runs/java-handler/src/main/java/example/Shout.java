package example;

import java.util.function.UnaryOperator;

/** Found through META-INF/services alone. */
public final class Shout implements UnaryOperator<String> {
    @Override
    public String apply(String text) {
        return text.toUpperCase() + "!";
    }
}
