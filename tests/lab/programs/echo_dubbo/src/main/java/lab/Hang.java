package lab;

/** Ends the program where its start hangs: Dubbo may wait without limit for an answer of istiod that it has dropped. */
final class Hang {
  private static final int EVERY_MS = 500;
  private static final int LOOKS = 12;

  private Hang() {}

  /** Watches a thread until it ends; one that only waits in every look of six seconds is never going on. */
  static void ends(Thread starting) {
    Thread watch = new Thread(() -> look(starting), "hang");
    watch.setDaemon(true);
    watch.start();
  }

  private static void look(Thread starting) {
    int waiting = 0;
    while (starting.isAlive() && waiting < LOOKS) {
      waiting = starting.getState() == Thread.State.WAITING ? waiting + 1 : 0;
      try {
        Thread.sleep(EVERY_MS);
      } catch (InterruptedException ended) {
        return;
      }
    }
    if (waiting >= LOOKS) {
      System.err.println("the start hangs: ending, so that the kubelet starts it again");
      Runtime.getRuntime().halt(3);
    }
  }
}
