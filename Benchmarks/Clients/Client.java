import java.io.FileInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/** Java's java.net.http: one connection. It does not tell when it opens one: `fresh` is -1. */
public class Client {
    public static void main(String[] words) throws Exception {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (var file = new FileInputStream(words[1])) {
            store.setCertificateEntry("issuer", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        var parameters = new SSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3"});
        var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).sslContext(context)
            .sslParameters(parameters).connectTimeout(Duration.ofSeconds(10)).build();
        var request = HttpRequest.newBuilder(URI.create("https://127.0.0.2:" + words[0] + "/version"))
            .timeout(Duration.ofSeconds(10)).build();
        int asked = 0;
        int failed = 0;
        while (!Files.exists(Path.of(words[2]))) {
            asked++;
            try {
                var answer = client.send(request, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() != 200 || !answer.body().matches("v[12]\n")) {
                    throw new java.io.IOException(answer.statusCode() + " " + answer.body());
                }
            } catch (java.io.IOException error) {
                System.err.println(error);
                failed++;
            }
            Thread.sleep(20);
        }
        System.out.printf("{\"asked\": %d, \"failed\": %d, \"fresh\": -1}%n", asked, failed);
        System.exit(0);
    }
}
