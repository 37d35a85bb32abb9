package lab;

import com.google.gson.Gson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;
import org.apache.dubbo.rpc.RpcContext;
import org.apache.dubbo.rpc.RpcException;

/** The client's side: one reference per target, kept. */
final class Calls {
  private static final Map<String, EchoService> KEPT = new ConcurrentHashMap<>();

  private Calls() {}

  /** What the control port is asked for. */
  static final class Order {
    String target = "";
    String method = "call";
    int count = 1;
    Map<String, String> headers = Map.of();
  }

  static Order order(String body) {
    return new Gson().fromJson(body, Order.class);
  }

  /** Reads xDS for a target before the first call asks for it. */
  static void prepare(String target) {
    KEPT.computeIfAbsent(target, Calls::reference);
  }

  static List<Map<String, String>> forward(Order order) {
    List<Map<String, String>> results = new ArrayList<>();
    for (int number = 0; number < order.count; number++) {
      results.add(one(order));
    }
    return results;
  }

  private static Map<String, String> one(Order order) {
    try {
      EchoService service = KEPT.computeIfAbsent(order.target, Calls::reference);
      order.headers.forEach((key, value) -> RpcContext.getClientAttachment().setAttachment(key, value));
      return order.method.equals("other") ? service.other("hello") : service.call("hello");
    } catch (RpcException error) {
      return Map.of("error", String.valueOf(error.getMessage()), "code", String.valueOf(error.getCode()));
    } catch (RuntimeException error) {
      Throwable cause = error.getCause() == null ? error : error.getCause();
      return Map.of("error", error + " / " + cause, "code", "LOCAL");
    }
  }

  private static EchoService reference(String target) {
    ReferenceConfig<EchoService> reference = new ReferenceConfig<>();
    reference.setInterface(EchoService.class);
    reference.setProvidedBy(target);
    reference.setCheck(false);
    reference.setTimeout(3000);
    reference.setRetries(0);
    reference.setScopeModel(DubboBootstrap.getInstance().getApplicationModel().getDefaultModule());
    return reference.get();
  }
}
