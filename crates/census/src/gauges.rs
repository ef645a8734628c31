//! A census for the `metrics` facade.

use metrics::gauge;

use crate::Census;

impl Census {
    /// Sets the gauges of the `metrics` facade to what was counted. They are listed in the crate's documentation.
    #[allow(
        clippy::cast_precision_loss,
        reason = "a gauge is a float; what is counted here is far below 2^53"
    )]
    pub fn publish(&self) {
        for (kind, count) in self.fds_by_kind.named() {
            gauge!("census_fds", "kind" => kind).set(count as f64);
        }
        gauge!("census_threads").set((self.threads + self.elastic_threads) as f64);
        gauge!("census_processes").set(self.processes as f64);
        gauge!("census_zombies").set(self.zombies as f64);
        gauge!("census_temp_entries").set(self.temp_entries as f64);
        gauge!("census_rss_bytes").set(self.rss_bytes as f64);
        gauge!("census_opaque_processes").set(self.opaque as f64);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use metrics_util::debugging::{DebugValue, DebuggingRecorder};

    use crate::{Census, FdKinds};

    #[test]
    fn every_count_is_a_gauge() {
        let census = Census {
            fds: 15,
            fds_by_kind: FdKinds {
                files: 1,
                sockets: 2,
                pipes: 3,
                events: 4,
                other: 5,
            },
            threads: 6,
            elastic_threads: 1,
            processes: 8,
            zombies: 9,
            temp_entries: 10,
            rss_bytes: 11,
            own_fds: 12,
            own_threads: 13,
            own_rss_bytes: 16,
            opaque: 14,
        };
        let recorder = DebuggingRecorder::new();
        metrics::with_local_recorder(&recorder, || census.publish());
        let mut gauges = BTreeMap::new();
        for (key, _, _, value) in recorder.snapshotter().snapshot().into_vec() {
            let DebugValue::Gauge(value) = value else {
                panic!("{key:?} is no gauge")
            };
            let (_, key) = key.into_parts();
            let kinds: Vec<&str> = key.labels().map(metrics::Label::value).collect();
            gauges.insert(format!("{} {}", key.name(), kinds.concat()), value.0);
        }
        let expected = [
            ("census_fds files", 1.0),
            ("census_fds sockets", 2.0),
            ("census_fds pipes", 3.0),
            ("census_fds events", 4.0),
            ("census_fds other", 5.0),
            ("census_threads ", 7.0),
            ("census_processes ", 8.0),
            ("census_zombies ", 9.0),
            ("census_temp_entries ", 10.0),
            ("census_rss_bytes ", 11.0),
            ("census_opaque_processes ", 14.0),
        ];
        let expected: BTreeMap<String, f64> = expected
            .map(|(name, value)| (name.to_owned(), value))
            .into();
        assert_eq!(gauges, expected);
    }
}
