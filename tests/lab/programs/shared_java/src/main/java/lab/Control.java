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

/** The control port of the programs in Java: `GET /` says that it is there, `POST /forward` makes calls. */
final class Control {
  private static final Gson JSON = new GsonBuilder().disableHtmlEscaping().create();

  private final String library;
  private final Forward forward;

  private Control(String library, Forward forward) {
    this.library = library;
    this.forward = forward;
  }

  /** Makes the calls of an order, which is JSON, and gives their results. */
  @FunctionalInterface
  interface Forward {
    Object results(String order) throws InterruptedException;
  }

  static void start(int port, String library, Forward forward) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("0.0.0.0", port), 0);
    server.createContext("/", new Control(library, forward)::handle);
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
  }

  private void handle(HttpExchange exchange) throws IOException {
    if (!exchange.getRequestMethod().equals("POST")) {
      reply(exchange, 200, Map.of("ok", true, "language", "java", "library", library));
      return;
    }
    try {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      reply(exchange, 200, Map.of("results", forward.results(body)));
    } catch (JsonParseException error) {
      reply(exchange, 400, Map.of("error", "not an order in JSON: " + error.getMessage()));
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      exchange.close();
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
