package lab;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

/**
 * Echo program with Dubbo: a server, and a client that reads xDS from istiod itself. Its control port answers as those of
 * the gRPC programs do (../echo_python/echo.py); "target" is what Dubbo calls providedBy. Its xDS code uses one stream from
 * two threads without a lock, and may wait for its first answer for ever: the control port opens after that, and what hangs
 * ends itself.
 */
public final class Echo {
  /** Where clients ask a server which interfaces it has; the same in all of them, as xDS does not tell it. */
  private static final int METADATA_PORT = 20885;

  private static final Map<String, String> DEFAULTS =
      Map.of(
          "port", "50052", "control", "17171", "version", "v1", "name", "echo", "first", "",
          "registry", "xds://istiod.istio-system.svc:15012");

  private Echo() {}

  public static void main(String[] arguments) throws IOException {
    Map<String, String> flags = Flags.parse(arguments, DEFAULTS, Set.of("no-server"));
    settings();
    Hang.ends(Thread.currentThread());
    ApplicationConfig application = new ApplicationConfig(flags.get("name"));
    application.setMetadataServicePort(METADATA_PORT);
    application.setMetadataServiceProtocol("dubbo"); // what clients ask with, whatever protocol the service has
    application.setQosEnable(false);
    DubboBootstrap bootstrap = DubboBootstrap.getInstance();
    bootstrap.application(application);
    bootstrap.registry(new RegistryConfig(flags.get("registry")));
    bootstrap.protocol(new ProtocolConfig("tri", Integer.parseInt(flags.get("port"))));
    if (!flags.containsKey("no-server")) {
      ServiceConfig<EchoService> service = new ServiceConfig<>();
      service.setInterface(EchoService.class);
      service.setRef(new EchoServer(flags.get("version")));
      bootstrap.service(service);
    }
    bootstrap.start();
    if (!flags.get("first").isEmpty()) {
      Calls.prepare(flags.get("first"));
    }
    Control.start(
        Integer.parseInt(flags.get("control")), "dubbo", order -> Calls.forward(Calls.order(order)));
  }

  /** Read by Dubbo and its logger when their classes are loaded. */
  private static void settings() {
    System.setProperty("user.home", "/tmp"); // it keeps files there
    System.setProperty("dubbo.application.service-discovery.migration", "FORCE_APPLICATION");
    String logger = "org.slf4j.simpleLogger.";
    System.setProperty(logger + "defaultLogLevel", "warn");
    System.setProperty(logger + "log.org.apache.dubbo.registry.xds", "info");
    System.setProperty(logger + "log.org.apache.dubbo.rpc.cluster.router.xds", "info");
  }
}
