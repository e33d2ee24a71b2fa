import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.AbstractHandler;

/** The small site on Jetty: the release's version, and /echo, which gives a body back. With a port it is bound there. */
public class Site extends AbstractHandler {
    private final byte[] version;
    private volatile boolean draining;

    Site(byte[] version) {
        this.version = version;
    }

    @Override
    public void handle(String target, Request base, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        byte[] body = target.equals("/echo") ? request.getInputStream().readAllBytes() : version;
        if (draining) {
            response.setHeader("Connection", "close");
        }
        response.setContentType("text/plain");
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
        base.setHandled(true);
    }

    /** Not Server.stop(): that closes idle connections, and answers 503. Accept no more, answer what comes on the
        connections there are, and let each go behind its answer. */
    private void drain(ServerConnector connector) {
        draining = true;
        connector.close();
        try {
            while (!connector.getConnectedEndPoints().isEmpty()) {
                Thread.sleep(50);
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    public static void main(String[] arguments) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setInheritChannel(arguments.length == 0); // the socket on descriptor 0
        if (arguments.length > 0) {
            connector.setHost("127.0.0.1");
            connector.setPort(Integer.parseInt(arguments[0]));
        }
        server.addConnector(connector);
        Site site = new Site(Files.readAllBytes(Path.of("version")));
        server.setHandler(site);
        server.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> site.drain(connector)));
        server.join();
    }
}
