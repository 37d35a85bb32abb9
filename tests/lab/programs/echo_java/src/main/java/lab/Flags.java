package lab;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Command line flags, as {@code --name=value} or {@code --name value}. */
final class Flags {
  private static final Set<String> SWITCHES = Set.of("plain", "no-server");

  private Flags() {}

  static Map<String, String> parse(String[] arguments) {
    Map<String, String> flags =
        new HashMap<>(Map.of("port", "17070", "control", "17171", "version", "v1"));
    Set<String> valued = Set.copyOf(flags.keySet());
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
