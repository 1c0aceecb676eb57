package bench;

import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** What most people write with Kafka Streams: rectangles, a store of seconds. Words: bootstrap, topic, folder, json|arrow, memory|logged. */
public final class Peer {
    static final String SECONDS = "seconds";
    static final String LAST = "last";

    private Peer() {}

    public static void main(String[] words) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, words[4] + "-" + words[1]);
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, words[0]);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, words[2]);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 500);
        settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        KafkaStreams streams = new KafkaStreams(topology(words[1], words[3], words[4]), settings);
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.RUNNING) {
                System.out.println("peer ready");
            }
        });
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
            return null;
        });
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
    }

    private static Topology topology(String topic, String format, String kept) {
        Topology topology = new Topology();
        topology.addSource("pings", Serdes.ByteArray().deserializer(), Serdes.ByteArray().deserializer(), topic);
        topology.addProcessor("dwell", () -> processor(format), "pings");
        topology.addStateStore(store(SECONDS, Serdes.Double(), kept), "dwell");
        topology.addStateStore(store(LAST, Serdes.Long(), kept), "dwell");
        return topology;
    }

    private static Processor<byte[], byte[], Void, Void> processor(String format) {
        return format.equals("arrow") ? new ArrowPings() : new JsonPings();
    }

    private static <T> StoreBuilder<?> store(String name, org.apache.kafka.common.serialization.Serde<T> value, String kept) {
        var builder = Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), Serdes.String(), value);
        return kept.equals("logged") ? builder.withLoggingEnabled(Map.of()).withCachingEnabled() : builder.withLoggingDisabled();
    }
}
