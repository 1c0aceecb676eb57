package bench;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;

/** Seconds since the phone's last ping go to the rectangle that it is in: the same as benchmarks/speed/plain_faust.py. */
abstract class Dwell implements Processor<byte[], byte[], Void, Void> {
    private static final double CELL_M = 10.0;
    private KeyValueStore<String, Double> seconds;
    private KeyValueStore<String, Long> last;

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        seconds = context.getStateStore(Peer.SECONDS);
        last = context.getStateStore(Peer.LAST);
    }

    final void take(String phone, long ts, double x, double y) {
        String key = phone + "/d" + (int) Math.floor(x / CELL_M) + (int) Math.floor(y / CELL_M);
        Long before = last.get(phone);
        Double spent = seconds.get(key);
        seconds.put(key, (spent == null ? 0.0 : spent) + (before == null ? 0.0 : (ts - before) / 1000.0));
        last.put(phone, ts);
    }
}
