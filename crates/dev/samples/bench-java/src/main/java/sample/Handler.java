package sample;

import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import com.github.luben.zstd.Zstd;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;
import java.util.List;
import org.xerial.snappy.Snappy;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.s3.S3Client;

/** Asks two services of AWS, which this program plays itself, and three libraries with native code. */
public final class Handler {
    private static final String BUCKETS =
            "<ListAllMyBucketsResult><Buckets><Bucket><Name>one</Name></Bucket></Buckets></ListAllMyBucketsResult>";
    private static final StaticCredentialsProvider NOBODY =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret"));

    public static void main(String[] arguments) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", Handler::answer);
        server.start();
        URI place = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        try (S3Client s3 = S3Client.builder().endpointOverride(place).forcePathStyle(true).region(Region.US_EAST_1)
                .credentialsProvider(NOBODY).httpClient(UrlConnectionHttpClient.create()).build()) {
            System.out.println("s3 " + s3.listBuckets().buckets().get(0).name());
        }
        try (DynamoDbAsyncClient tables = DynamoDbAsyncClient.builder().endpointOverride(place)
                .region(Region.US_EAST_1).credentialsProvider(NOBODY)
                .httpClient(NettyNioAsyncHttpClient.create()).build()) {
            System.out.println("dynamodb " + tables.listTables().get().tableNames());
        }
        SQSEvent event = new SQSEvent();
        event.setRecords(List.of());
        System.out.println("event " + event);
        try (var connection = DriverManager.getConnection("jdbc:sqlite::memory:");
                var row = connection.createStatement().executeQuery("select 6 * 7")) {
            row.next();
            System.out.println("sqlite " + row.getInt(1));
        }
        byte[] text = "hello hello hello".getBytes(StandardCharsets.UTF_8);
        System.out.println("snappy " + new String(Snappy.uncompress(Snappy.compress(text)), StandardCharsets.UTF_8));
        System.out.println("zstd " + new String(Zstd.decompress(Zstd.compress(text), text.length), StandardCharsets.UTF_8));
        System.exit(0);
    }

    private static void answer(HttpExchange exchange) throws IOException {
        boolean isDynamo = exchange.getRequestHeaders().getFirst("X-Amz-Target") != null;
        byte[] body = (isDynamo ? "{\"TableNames\":[\"one\",\"two\"]}" : BUCKETS).getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
