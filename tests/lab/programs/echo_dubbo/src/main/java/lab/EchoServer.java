package lab;

import java.util.HashMap;
import java.util.Map;
import org.apache.dubbo.rpc.RpcContext;

/** The server's side. */
public final class EchoServer implements EchoService {
  private final String version;

  EchoServer(String version) {
    this.version = version;
  }

  @Override
  public Map<String, String> call(String text) {
    return answer("call");
  }

  @Override
  public Map<String, String> other(String text) {
    return answer("other");
  }

  private Map<String, String> answer(String method) {
    Map<String, String> answer = new HashMap<>();
    answer.put("hostname", String.valueOf(System.getenv("HOSTNAME")));
    answer.put("version", version);
    answer.put("method", method);
    answer.put("protocol", RpcContext.getServiceContext().getUrl().getProtocol());
    answer.put("tier", String.valueOf(RpcContext.getServerAttachment().getAttachment("tier")));
    return answer;
  }
}
