package lab;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Command line flags of the programs in Java, as {@code --name=value} or {@code --name value}. */
final class Flags {
  private Flags() {}

  /** All flags but absent switches; a flag has a value if it has a default. */
  static Map<String, String> parse(
      String[] arguments, Map<String, String> defaults, Set<String> switches) {
    Map<String, String> flags = new HashMap<>(defaults);
    var words = List.of(arguments).iterator();
    while (words.hasNext()) {
      String[] parts = words.next().split("=", 2);
      String name = parts[0].startsWith("--") ? parts[0].substring(2) : "";
      if (switches.contains(name) && parts.length == 1) {
        flags.put(name, "");
      } else if (defaults.containsKey(name) && (parts.length == 2 || words.hasNext())) {
        flags.put(name, parts.length == 2 ? parts[1] : words.next());
      } else {
        throw new IllegalArgumentException("no such flag, or its value is missing: " + parts[0]);
      }
    }
    return flags;
  }
}
