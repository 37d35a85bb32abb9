package lab;

import java.util.Map;

/** What the servers answer: hostname, version and the attachments that came with the call. */
public interface EchoService {
  Map<String, String> call(String text);

  Map<String, String> other(String text);
}
