import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Calls a program with the class path of Lambda: the root, then lib/*.jar, one level deep and sorted. */
public final class Loader {
    public static void main(String[] arguments) throws Exception {
        List<URL> urls = new ArrayList<>();
        urls.add(new File(arguments[0] + "/").toURI().toURL());
        File[] jars = new File(arguments[0], "lib").listFiles((folder, name) -> name.endsWith(".jar"));
        if (jars != null) {
            Arrays.sort(jars, Comparator.comparing(File::toString));
            for (File jar : jars) {
                urls.add(jar.toURI().toURL());
            }
        }
        ClassLoader loader = new URLClassLoader(urls.toArray(new URL[0]), Loader.class.getClassLoader());
        Thread.currentThread().setContextClassLoader(loader);
        Class<?> type = Class.forName(arguments[1], true, loader);
        type.getMethod("main", String[].class).invoke(null, (Object) new String[0]);
    }
}
