import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.opensearch.analysis.common.CommonAnalysisPlugin;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.reindex.ReindexPlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.painless.PainlessPlugin;
import org.opensearch.transport.Netty4Plugin;

/**
 * One node of OpenSearch on the loopback, without security: {@code OpenSearchServer RUN_FOLDER PORT}. It is made for this,
 * because the server's own command wants an installation, and loads twenty modules where four do.
 */
public final class OpenSearchServer extends Node {
  private OpenSearchServer(Settings settings) {
    super(
        InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "figtree"),
        List.of(
            Netty4Plugin.class, CommonAnalysisPlugin.class, PainlessPlugin.class, ReindexPlugin.class),
        true);
  }

  /** Ends, and the folder with it, when standard input does: the test run holds its other end, however the run ends. */
  public static void main(String[] arguments) {
    Path folder = Path.of(arguments[0]);
    // The threads of a node alone do not keep a process alive; this one does.
    new Thread(() -> endWithTheRun(folder)).start();
    Settings settings =
        Settings.builder()
            .put("path.home", folder.resolve("opensearch").toString())
            .put("http.port", arguments[1])
            .put("network.host", "127.0.0.1")
            .put("transport.port", "0")
            .put("discovery.type", "single-node")
            .put("cluster.name", "figtree")
            .put("node.name", "figtree")
            // A disk that is nearly full would make every index read-only.
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .build();
    try {
      new OpenSearchServer(settings).start();
    } catch (Throwable error) {
      error.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  private static void endWithTheRun(Path folder) {
    try {
      System.in.transferTo(OutputStream.nullOutputStream());
      try (Stream<Path> paths = Files.walk(folder)) {
        paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
      }
    } catch (IOException | RuntimeException error) {
      // Another server of the run removes the same folder.
    }
    Runtime.getRuntime().halt(0);
  }
}
