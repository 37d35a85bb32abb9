package lab;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.xds.XdsChannelCredentials;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Makes the calls that an order asks for, one after another. */
final class Calls {
  /** What `POST /forward` is given; names are those of the contract, values its defaults. */
  static final class Order {
    String target = "";
    String method = "/proxyless.lab.Echo/Call";
    int count = 1;
    Map<String, String> headers = Map.of();
    double timeout = 5;
    double interval = 0;
    boolean insecure = false;
  }

  private static final Map<String, ManagedChannel> CHANNELS = new ConcurrentHashMap<>();
  private static final byte[] REQUEST = "{}".getBytes(StandardCharsets.UTF_8);

  private Calls() {}

  static List<JsonObject> forward(Order order) throws InterruptedException {
    List<JsonObject> results = new ArrayList<>();
    for (int number = 0; number < order.count; number++) {
      if (number > 0) {
        Thread.sleep(Math.round(order.interval * 1000));
      }
      long started = System.nanoTime();
      JsonObject result = new JsonObject();
      try {
        call(order, result);
      } catch (StatusRuntimeException error) {
        fail(result, error.getStatus());
      } catch (RuntimeException error) { // a channel that cannot be made is an answer too
        result.addProperty("error", error.toString());
        result.addProperty("code", "LOCAL");
      }
      result.addProperty("seconds", (System.nanoTime() - started) / 1_000_000 / 1000.0);
      results.add(result);
    }
    return results;
  }

  private static void call(Order order, JsonObject result) {
    Metadata headers = new Metadata();
    order.headers.forEach(
        (name, value) -> headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value));
    Channel channel =
        ClientInterceptors.intercept(channel(order), MetadataUtils.newAttachHeadersInterceptor(headers));
    CallOptions options =
        CallOptions.DEFAULT.withDeadlineAfter(Math.round(order.timeout * 1000), TimeUnit.MILLISECONDS);
    MethodDescriptor<byte[], byte[]> method = Raw.method(order.method.substring(1));
    if (method.getType() == MethodDescriptor.MethodType.UNARY) {
      merge(result, ClientCalls.blockingUnaryCall(channel, method, options, REQUEST));
      return;
    }
    result.addProperty("messages", 0);
    var messages = ClientCalls.blockingServerStreamingCall(channel, method, options, REQUEST);
    while (messages.hasNext()) {
      merge(result, messages.next());
      result.addProperty("messages", result.get("messages").getAsInt() + 1);
    }
  }

  /** One channel per target, as an application would have. */
  private static ManagedChannel channel(Order order) {
    boolean plain = order.insecure || !order.target.startsWith("xds:");
    return CHANNELS.computeIfAbsent(
        order.target + plain,
        key -> {
          ChannelCredentials insecure = InsecureChannelCredentials.create();
          ChannelCredentials chosen = plain ? insecure : XdsChannelCredentials.create(insecure);
          return Grpc.newChannelBuilder(order.target, chosen).build();
        });
  }

  private static void merge(JsonObject result, byte[] message) {
    JsonObject answer = JsonParser.parseString(new String(message, StandardCharsets.UTF_8)).getAsJsonObject();
    for (Map.Entry<String, JsonElement> field : answer.entrySet()) {
      result.add(field.getKey(), field.getValue());
    }
  }

  private static void fail(JsonObject result, Status status) {
    String text = status.getDescription() == null ? "" : status.getDescription();
    Throwable cause = status.getCause(); // Java keeps the reason of a failed handshake here, not in the text
    result.addProperty("error", cause == null ? text : text + ": " + cause);
    result.addProperty("code", status.getCode().name());
  }

  static Order order(String json) {
    Order order = new Gson().fromJson(json, Order.class);
    return order == null ? new Order() : order;
  }
}
