use super::*;

const CAMERA: u32 = 7;
const SCREEN: u32 = 8;
const RATE: u32 = 1_000_000;

#[test]
fn a_key_frame_of_ten_times_the_size_leaves_evenly_at_two_and_a_half_times_the_rate() {
    let mut end = End::new();
    // A thirtieth of a second at this rate has four packets.
    end.picture(CAMERA, 0, 40, true);

    let left = end.run(Duration::from_millis(400));

    // 400 kb at 2.5 Mb/s, less the burst at its beginning.
    let last = *left.last().expect("it leaves");
    assert_eq!(left.len(), 40);
    assert!((145..160).contains(&last.as_millis()), "{last:?}");
    let most = (0..150).map(|at| in_window(&left, at, 10)).max().expect("windows");
    assert!(most <= 4, "{most} packets within 10 ms");
}

#[test]
fn what_is_sent_again_goes_before_pictures() {
    let mut end = End::new();
    end.picture(CAMERA, 0, 40, true);
    end.run(Duration::from_millis(20));

    end.queue.push_again(1000, 1250, CAMERA);
    let next = std::iter::repeat_with(|| end.step()).find_map(|left| left.first().copied());

    assert_eq!(next, Some(1000));
}

#[test]
fn what_is_sent_again_is_not_any_more_once_a_key_frame_comes() {
    let mut end = End::new();
    (0..20).for_each(|number| end.queue.push_again(1000 + number, 1250, if number < 5 { SCREEN } else { CAMERA }));

    end.picture(CAMERA, 0, 10, true);

    assert_eq!(end.queue.wait(), Duration::from_millis(4) * 15);
    assert_eq!(end.run(Duration::from_secs(1)).len(), 15, "those of the other track, and the key frame");
}

#[test]
fn an_end_that_needs_a_key_frame_does_not_wait_for_what_it_cannot_show() {
    let mut end = End::new();
    end.queue.push_again(1000, 1250, CAMERA);
    end.picture(SCREEN, 0, 5, true);
    (0..10).for_each(|number| assert_eq!(end.picture(CAMERA, number, 5, false), 0));

    assert_eq!(end.queue.want_key_frame(CAMERA).map(|left_out| left_out.len()), Some(50));
    end.queue.push_again(1001, 1250, CAMERA);
    assert_eq!(end.queue.wait(), Duration::from_millis(20), "the other track's");

    assert_eq!(end.picture(CAMERA, 10, 5, false), 5, "it refers to what is missing");
    assert_eq!(end.picture(CAMERA, 11, 5, true), 0);
    assert!(end.queue.want_key_frame(CAMERA).is_none(), "the key frame that it needs waits already");
    assert_eq!(end.run(Duration::from_secs(1)).len(), 10);
}

#[test]
fn a_key_frame_that_will_take_too_long_is_not_waited_for_where_a_shorter_one_may_come() {
    let mut end = End::new();
    end.picture(CAMERA, 0, 100, true);
    end.run(Duration::from_millis(100));
    end.queue.set_rate(100_000, true);

    assert_eq!(end.queue.want_key_frame(CAMERA).map(|left_out| left_out.len()), Some(0), "it goes on meanwhile");
    assert_eq!(end.queue.need_key_frames().collect::<Vec<_>>(), [CAMERA]);
    let rest = end.picture(CAMERA, 1, 5, true);

    assert!(rest > 70 && end.queue.need_key_frames().next().is_none(), "{rest}");
}

#[test]
fn once_the_path_is_known_pictures_leave_hardly_faster_than_it_carries() {
    let mut end = End::new();
    end.queue.set_rate(RATE, true);

    end.picture(CAMERA, 0, 40, true);

    let last = *end.run(Duration::from_millis(500)).last().expect("it leaves");
    assert!((330..350).contains(&last.as_millis()), "400 kb at 1.15 Mb/s: {last:?}");
}

#[test]
fn of_what_would_wait_for_longer_than_a_second_the_oldest_picture_is_left_out_and_all_that_refers_to_it() {
    let mut end = End::new();

    // 2.5 Mb/s pass 250 packets a second.
    let left_out: Vec<usize> = (0..6).map(|number| end.picture(CAMERA, number, 50, number == 0)).collect();

    assert_eq!(left_out, [0, 0, 0, 0, 0, 300], "all that waits when it is too much, and the rest of that picture");
    assert_eq!(end.queue.wait(), Duration::ZERO);
    assert_eq!(end.picture(CAMERA, 6, 3, false), 3, "it refers to what was left out");
    assert_eq!(end.picture(CAMERA, 7, 3, true), 0, "a key frame does not");
    assert_eq!(end.run(Duration::from_secs(1)).len(), 3);
}

#[test]
fn a_key_frame_that_waits_already_stays_and_so_does_another_track() {
    let mut end = End::new();
    end.picture(CAMERA, 0, 100, true);
    end.picture(SCREEN, 0, 50, true);
    end.picture(CAMERA, 1, 50, true);

    let left_out = end.picture(CAMERA, 2, 60, false);

    assert_eq!(left_out, 100);
    assert_eq!(end.run(Duration::from_secs(2)).len(), 160);
}

#[test]
fn a_picture_that_is_larger_than_all_that_may_wait_leaves_nevertheless() {
    let mut end = End::new();

    assert_eq!(end.picture(CAMERA, 0, 400, true), 0);

    assert_eq!(end.run(Duration::from_secs(3)).len(), 400);
}

#[test]
fn a_key_frame_that_has_begun_to_leave_arrives_also_where_the_path_becomes_narrow() {
    let mut end = End::new();
    end.picture(CAMERA, 0, 100, true);
    end.run(Duration::from_millis(100));
    end.queue.set_rate(200_000, false);

    // 75 packets have 1.5 s to go at 500 kb/s: what comes behind them would be late.
    let left_out = end.picture(CAMERA, 1, 5, false) + end.picture(CAMERA, 2, 5, false);
    let again = end.picture(CAMERA, 3, 60, true) + end.picture(CAMERA, 4, 5, false);

    assert!(left_out >= 9 && again <= 65, "{left_out}, {again}");
    let arrived = end.run(Duration::from_secs(5)).len();
    assert!(arrived >= 70, "{arrived} packets after the first 100 ms");
}

#[test]
fn a_key_frame_that_has_begun_to_leave_gives_way_to_one_half_as_long() {
    let mut end = End::new();
    end.picture(CAMERA, 0, 100, true);
    end.run(Duration::from_millis(100));
    end.queue.set_rate(200_000, false);

    assert_eq!(end.picture(CAMERA, 1, 60, true), 0, "it waits behind the one that has begun");
    end.picture(CAMERA, 2, 5, false);
    let rest = end.picture(CAMERA, 3, 10, true);

    assert!(rest > 70, "{rest}");
    assert_eq!(end.run(Duration::from_secs(5)).len(), 10);
}

#[test]
fn of_a_track_that_refuses_pictures_a_key_frame_is_asked_for_once_and_once_more_a_second_later() {
    let mut end = End::new();
    (0..6).for_each(|number| assert!(end.picture(CAMERA, number, 50, number == 0) <= 300));
    assert_eq!(end.asked, 1);

    (6..34).for_each(|number| assert_eq!(end.picture(CAMERA, number, 50, false), 50));
    assert_eq!(end.asked, 1, "the picture that was left out is one of them");
    end.picture(CAMERA, 34, 50, false);
    assert_eq!(end.asked, 2);
}

#[test]
fn what_is_of_no_use_any_more_takes_no_time() {
    let mut end = End::new();
    end.picture(SCREEN, 0, 60, true);
    end.queue.push_again(1000, 1250, CAMERA);

    end.queue.retain(|packet| *packet < 10);

    assert_eq!(end.queue.wait(), Duration::from_millis(40));
    assert_eq!(end.run(Duration::from_secs(1)).len(), 10);
}

#[test]
fn a_train_leaves_at_its_own_rate_and_is_made_longer_with_padding() {
    let mut end = End::new();
    end.queue.set_padding(1250);
    end.queue.begin_train(Probe { number: 3, rate: 4_000_000, bytes: 20_000 });
    end.picture(CAMERA, 0, 2, true);

    let left = end.run(Duration::from_millis(100));

    assert_eq!(left.len(), 16, "twenty thousand bytes");
    let last = left.last().expect("it leaves").as_millis();
    assert!((33..=40).contains(&last), "{last} ms");
    assert!(!end.queue.has_train() && end.queue.next_time().is_none());
}

#[test]
fn without_padding_a_train_ends_with_what_waits() {
    let mut end = End::new();
    end.queue.begin_train(Probe { number: 3, rate: 4_000_000, bytes: 20_000 });
    end.picture(CAMERA, 0, 2, true);

    assert_eq!(end.run(Duration::from_millis(100)).len(), 2);
    assert!(!end.queue.has_train());
}

/// A clock that wakes every millisecond.
struct End {
    queue: Queue<u32>,
    began_at: Instant,
    now: Instant,
    /// How many times a key frame was asked for.
    asked: usize,
}

impl End {
    fn new() -> Self {
        let mut queue = Queue::new();
        queue.set_rate(RATE, false);
        let now = Instant::now();
        Self { queue, began_at: now, now, asked: 0 }
    }

    /// How many packets are left out.
    fn picture(&mut self, track: u32, number: u32, packets: u32, begins_anew: bool) -> usize {
        let push = |at: u32| {
            let (begins_anew, is_last) = (begins_anew && at == 0, at + 1 == packets);
            let waiting = Waiting { packet: at, bytes: 1250, picture: (track, number), begins_anew, is_last };
            let LeftOut { packets, needs_key_frame } = self.queue.push(waiting);
            self.asked += usize::from(needs_key_frame.is_some());
            packets.len()
        };
        (0..packets).map(push).sum()
    }

    fn step(&mut self) -> Vec<u32> {
        self.now += Duration::from_millis(1);
        let pop = || match self.queue.pop(self.now)? {
            Leaving::Packet(packet, _) => Some(packet),
            Leaving::Padding(_) => Some(u32::MAX),
        };
        std::iter::from_fn(pop).collect()
    }

    /// When each packet leaves, from the beginning.
    fn run(&mut self, lasts: Duration) -> Vec<Duration> {
        let end = self.now + lasts;
        let mut left = Vec::new();
        while self.now < end {
            let count = self.step().len();
            left.extend(std::iter::repeat_n(self.now - self.began_at, count));
        }
        left
    }
}

fn in_window(left: &[Duration], from_ms: u128, length: u128) -> usize {
    left.iter().filter(|at| (from_ms..from_ms + length).contains(&at.as_millis())).count()
}
