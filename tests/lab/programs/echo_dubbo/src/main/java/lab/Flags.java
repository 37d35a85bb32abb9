package lab;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Command line flags, as {@code --name=value} or {@code --name value}. */
final class Flags {
  private static final Set<String> SWITCHES = Set.of("no-server");

  private Flags() {}

  static Map<String, String> parse(String[] arguments) {
    Map<String, String> flags =
        new HashMap<>(Map.of(
                "port", "50052", "control", "17171", "version", "v1", "name", "echo",
                "registry", "xds://istiod.istio-system.svc:15012"));
    Set<String> valued = new HashSet<>(flags.keySet());
    valued.add("first");
    var words = List.of(arguments).iterator();
    while (words.hasNext()) {
      String[] parts = words.next().split("=", 2);
      String name = parts[0].startsWith("--") ? parts[0].substring(2) : "";
      if (SWITCHES.contains(name) && parts.length == 1) {
        flags.put(name, "");
      } else if (valued.contains(name) && (parts.length == 2 || words.hasNext())) {
        flags.put(name, parts.length == 2 ? parts[1] : words.next());
      } else {
        throw new IllegalArgumentException("no such flag, or its value is missing: " + parts[0]);
      }
    }
    return flags;
  }
}
