// Two small services on the JDK's own HTTP server and client, as anybody would write them: a front, which asks a back
// for each order. Started with OpenTelemetry's Java agent; there is no line about telemetry.

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.Executors;

public final class Shop {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private static void answer(HttpExchange exchange, int status) throws IOException {
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }

    private static String id(HttpExchange exchange) {
        String path = exchange.getRequestURI().getPath();
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static void front(HttpServer server, String back) {
        server.createContext("/orders/", exchange -> {
            HttpRequest request = HttpRequest.newBuilder(URI.create(back + "/stock/" + id(exchange))).build();
            try {
                int status = CLIENT.send(request, BodyHandlers.discarding()).statusCode();
                answer(exchange, status == 500 ? 502 : status);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                answer(exchange, 503);
            }
        });
        server.createContext("/invoices/", exchange -> answer(exchange, 503));
    }

    private static void back(HttpServer server) {
        server.createContext("/stock/", exchange -> {
            int status = switch (id(exchange)) {
                case "500" -> 500;
                case "77" -> 404;
                default -> 200;
            };
            answer(exchange, status);
        });
    }

    public static void main(String[] args) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        String url = System.getenv("SHOP_BACK");
        if (url == null) {
            back(server);
        } else {
            front(server, url);
        }
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.start();
        System.out.println("listening on " + server.getAddress().getPort() + ".");
    }
}
