package lab;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.ServerBuilder;
import io.grpc.xds.XdsServerBuilder;
import io.grpc.xds.XdsServerCredentials;
import java.io.IOException;
import java.util.Map;
import java.util.Set;

/**
 * The Java echo program of the lab: an xDS server, and a client that forwards calls when asked.
 *
 * <p>The contract is in ../echo_python/echo.py; all languages answer alike.
 */
public final class Echo {
  private static final Map<String, String> DEFAULTS =
      Map.of("port", "17070", "control", "17171", "version", "v1");

  private Echo() {}

  /** Flags: --port, --control, --version, --plain, --no-server. */
  public static void main(String[] arguments) throws IOException {
    Map<String, String> flags = Flags.parse(arguments, DEFAULTS, Set.of("plain", "no-server"));
    Control.start(
        Integer.parseInt(flags.get("control")),
        Answers.LIBRARY,
        order -> Calls.forward(Calls.order(order)));
    if (flags.containsKey("no-server")) {
      return;
    }
    int port = Integer.parseInt(flags.get("port"));
    ServerBuilder<?> builder =
        flags.containsKey("plain")
            ? Grpc.newServerBuilderForPort(port, InsecureServerCredentials.create())
            : XdsServerBuilder.forPort(
                port, XdsServerCredentials.create(InsecureServerCredentials.create()));
    // An xDS server's start() returns only when it has its listener; the control port answers already.
    builder.fallbackHandlerRegistry(new Answers(flags.get("version"))).build().start();
  }
}
