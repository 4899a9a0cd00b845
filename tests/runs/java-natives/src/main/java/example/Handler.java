package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.github.luben.zstd.Zstd;
import io.netty.channel.epoll.Epoll;
import io.netty.handler.ssl.OpenSsl;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jpountz.lz4.LZ4Factory;
import org.xerial.snappy.Snappy;
import software.amazon.awssdk.crt.checksums.CRC32C;

/** Calls native code of seven libraries; each throws, or says so, where its own is not found. */
public class Handler implements RequestStreamHandler {
    private static final byte[] TEXT = "hello hello hello".getBytes(StandardCharsets.UTF_8);

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        CRC32C checksum = new CRC32C();
        checksum.update(TEXT, 0, TEXT.length);
        OpenSsl.ensureAvailability();
        Epoll.ensureAvailability();
        String answer = Stream.of(
                        "crt", checksum.getValue(),
                        "sqlite", sqlite(),
                        "snappy", text(Snappy.uncompress(Snappy.compress(TEXT))),
                        "zstd", text(Zstd.decompress(Zstd.compress(TEXT), TEXT.length)),
                        "lz4", LZ4Factory.nativeInstance().toString(),
                        "boringssl", OpenSsl.versionString(),
                        "epoll", Epoll.isAvailable())
                .map(part -> '"' + part.toString() + '"')
                .collect(Collectors.joining(",", "[", "]"));
        output.write(answer.getBytes(StandardCharsets.UTF_8));
    }

    private static int sqlite() throws IOException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite::memory:");
                var row = connection.createStatement().executeQuery("select 6 * 7")) {
            row.next();
            return row.getInt(1);
        } catch (java.sql.SQLException error) {
            throw new IOException(error);
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
