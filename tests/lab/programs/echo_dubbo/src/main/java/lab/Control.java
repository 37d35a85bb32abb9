package lab;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Executors;

/** The control port: `GET /` says that it is there, `POST /forward` makes calls. */
final class Control {
  private static final Gson JSON = new GsonBuilder().disableHtmlEscaping().create();

  private Control() {}

  static void start(int port) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("0.0.0.0", port), 0);
    server.createContext("/", Control::handle);
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
  }

  private static void handle(HttpExchange exchange) throws IOException {
    if (!exchange.getRequestMethod().equals("POST")) {
      reply(exchange, 200, Map.of("ok", true, "language", "java", "library", "dubbo"));
      return;
    }
    try {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      reply(exchange, 200, Map.of("results", Calls.forward(Calls.order(body))));
    } catch (JsonParseException error) {
      reply(exchange, 400, Map.of("error", "not an order in JSON: " + error.getMessage()));
    }
  }

  private static void reply(HttpExchange exchange, int status, Map<String, ?> value) throws IOException {
    byte[] body = JSON.toJson(value).getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }
}
