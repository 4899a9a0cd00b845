use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Runs `work` for `0..count` on `threads` threads and hands the results to `take` in order, on the calling thread.
///
/// At most `budget_bytes`, as told by `cost`, are being worked on or wait for their turn; one number is always let
/// through. Numbers and budget are handed out together and in order, so the number that everybody waits for is never
/// the one that lacks budget. The first error, in order, ends the run; a panic in `work` goes on in the caller.
pub fn in_order<R: Send, W, E: Send>(
    count: usize,
    threads: NonZeroUsize,
    budget_bytes: u64,
    cost: impl Fn(usize) -> u64 + Sync,
    make_worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, usize) -> Result<R, E> + Sync,
    mut take: impl FnMut(usize, R) -> Result<(), E>,
) -> Result<(), E> {
    let share_bytes = budget_bytes / (4 * threads.get() as u64);
    let chunks = chunks(count, share_bytes.min(CHUNK_BYTES), &cost);
    chunk_by_chunk(
        chunks.len(),
        threads,
        budget_bytes,
        |chunk| chunks[chunk].clone().map(&cost).sum(),
        make_worker,
        |worker, chunk| {
            let numbers = chunks[chunk].clone();
            Ok(until_error(numbers.map(|number| work(worker, number))))
        },
        |chunk, results| {
            let mut numbered = chunks[chunk].clone().zip(results);
            numbered.try_for_each(|(number, result)| take(number, result?))
        },
    )
}

/// Small pieces of work are handed out together: waking threads for each of ten thousand small files cost a tenth of
/// packing them.
const CHUNK_BYTES: u64 = 256 << 10;

/// Consecutive numbers that cost no more than `most_bytes` together, or one that costs more alone.
fn chunks(count: usize, most_bytes: u64, cost: &impl Fn(usize) -> u64) -> Vec<Range<usize>> {
    let mut chunks: Vec<Range<usize>> = Vec::new();
    let mut bytes = u64::MAX;
    for number in 0..count {
        bytes = bytes.saturating_add(cost(number));
        match chunks.last_mut() {
            Some(chunk) if bytes <= most_bytes => chunk.end += 1,
            _ => {
                chunks.push(number..number + 1);
                bytes = cost(number);
            }
        }
    }
    chunks
}

/// The results up to the first error, which comes last.
fn until_error<R, E>(results: impl Iterator<Item = Result<R, E>>) -> Vec<Result<R, E>> {
    let mut taken = Vec::new();
    for result in results {
        let is_error = result.is_err();
        taken.push(result);
        if is_error {
            break;
        }
    }
    taken
}

fn chunk_by_chunk<R: Send, W, E: Send>(
    count: usize,
    threads: NonZeroUsize,
    budget_bytes: u64,
    cost: impl Fn(usize) -> u64 + Sync,
    make_worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, usize) -> Result<R, E> + Sync,
    mut take: impl FnMut(usize, R) -> Result<(), E>,
) -> Result<(), E> {
    if threads.get() == 1 || count <= 1 {
        let mut worker = make_worker();
        return (0..count).try_for_each(|number| take(number, work(&mut worker, number)?));
    }
    let desk = Desk::new(count, budget_bytes, cost);
    thread::scope(|scope| {
        // Whatever ends this closure, the workers must hear of it: the scope waits for them.
        let _closing = Closing(&desk);
        let workers: Vec<_> = (0..threads.get().min(count))
            .map(|_| scope.spawn(|| desk.serve(&make_worker, &work)))
            .collect();
        let result = desk.take_all(&mut take);
        desk.close();
        for worker in workers {
            worker.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
        result
    })
}

/// Where workers fetch numbers and leave results.
struct Desk<R, E, C> {
    count: usize,
    budget_bytes: u64,
    cost: C,
    state: Mutex<State<R, E>>,
    changed: Condvar,
}

struct State<R, E> {
    next: usize,
    in_flight: usize,
    in_flight_bytes: u64,
    results: BTreeMap<usize, Result<R, E>>,
    closed: bool,
    panicked: bool,
}

impl<R, E, C: Fn(usize) -> u64> Desk<R, E, C> {
    fn new(count: usize, budget_bytes: u64, cost: C) -> Self {
        let state = State {
            next: 0,
            in_flight: 0,
            in_flight_bytes: 0,
            results: BTreeMap::new(),
            closed: false,
            panicked: false,
        };
        Self {
            count,
            budget_bytes,
            cost,
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<R, E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<R, E>>) -> MutexGuard<'a, State<R, E>> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// One worker's life.
    fn serve<W>(&self, make_worker: impl Fn() -> W, work: impl Fn(&mut W, usize) -> Result<R, E>) {
        let _alarm = PanicAlarm(self);
        let mut worker = make_worker();
        while let Some(number) = self.fetch() {
            let result = work(&mut worker, number);
            let mut state = self.lock();
            state.closed |= result.is_err();
            state.results.insert(number, result);
            self.changed.notify_all();
        }
    }

    /// The next number, as soon as the budget has room for it.
    fn fetch(&self) -> Option<usize> {
        let mut state = self.lock();
        loop {
            if state.closed || state.next == self.count {
                return None;
            }
            let bytes = state
                .in_flight_bytes
                .saturating_add((self.cost)(state.next));
            if state.in_flight == 0 || bytes <= self.budget_bytes {
                state.in_flight += 1;
                state.in_flight_bytes = bytes;
                state.next += 1;
                return Some(state.next - 1);
            }
            state = self.wait(state);
        }
    }

    fn take_all(&self, take: &mut impl FnMut(usize, R) -> Result<(), E>) -> Result<(), E> {
        for number in 0..self.count {
            let Some(result) = self.result(number) else {
                break;
            };
            take(number, result?)?;
            self.give_back(number);
        }
        Ok(())
    }

    /// The result for `number`; `None` when a worker panicked, so that it may never come.
    fn result(&self, number: usize) -> Option<Result<R, E>> {
        let mut state = self.lock();
        loop {
            if let Some(result) = state.results.remove(&number) {
                return Some(result);
            }
            if state.panicked {
                return None;
            }
            state = self.wait(state);
        }
    }

    fn give_back(&self, number: usize) {
        let mut state = self.lock();
        state.in_flight -= 1;
        state.in_flight_bytes = state.in_flight_bytes.saturating_sub((self.cost)(number));
        self.changed.notify_all();
    }
}

/// Closes the desk when the calling thread leaves, even by a panic.
struct Closing<'a, R, E, C: Fn(usize) -> u64>(&'a Desk<R, E, C>);

impl<R, E, C: Fn(usize) -> u64> Drop for Closing<'_, R, E, C> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Wakes everybody when a worker panics, so that nobody waits for its result.
struct PanicAlarm<'a, R, E, C: Fn(usize) -> u64>(&'a Desk<R, E, C>);

impl<R, E, C: Fn(usize) -> u64> Drop for PanicAlarm<'_, R, E, C> {
    fn drop(&mut self) {
        if thread::panicking() {
            let mut state = self.0.lock();
            state.panicked = true;
            state.closed = true;
            self.0.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    fn threads(number: usize) -> NonZeroUsize {
        NonZeroUsize::new(number).unwrap()
    }

    /// Numbers of which `fails` is an error; gives the numbers taken and the outcome.
    fn run(count: usize, thread_count: usize, fails: &[usize]) -> (Vec<usize>, Result<(), usize>) {
        let mut taken = Vec::new();
        let work = |_: &mut (), number: usize| match fails.contains(&number) {
            true => Err(number),
            false => Ok(number * 2),
        };
        let result = in_order(
            count,
            threads(thread_count),
            100,
            |_| 30,
            || (),
            work,
            |number, doubled| {
                assert_eq!(doubled, number * 2);
                taken.push(number);
                Ok(())
            },
        );
        (taken, result)
    }

    #[test]
    fn results_come_in_order() {
        for thread_count in [1, 2, 8] {
            for count in [0, 1, 2, 500] {
                let expected = ((0..count).collect(), Ok(()));
                assert_eq!(run(count, thread_count, &[]), expected);
            }
        }
    }

    #[test]
    fn the_first_error_wins() {
        for thread_count in [1, 2, 8] {
            let (taken, result) = run(500, thread_count, &[123, 124, 300]);
            assert_eq!(result, Err(123));
            assert_eq!(taken, (0..123).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_error_while_taking_ends_the_run() {
        let take = |number, _| if number == 7 { Err("full") } else { Ok(()) };
        let result = in_order(
            500,
            threads(4),
            5,
            |_| 1,
            || (),
            |_, number| Ok(number),
            take,
        );
        assert_eq!(result, Err("full"));
    }

    #[test]
    fn the_budget_holds_and_one_always_passes() {
        let (now, most) = (AtomicU64::new(0), AtomicU64::new(0));
        let cost = |number: usize| if number == 50 { 1_000 } else { 10 };
        let work = |_: &mut (), number: usize| {
            let bytes = now.fetch_add(cost(number), Ordering::SeqCst) + cost(number);
            most.fetch_max(bytes, Ordering::SeqCst);
            Ok::<_, ()>(())
        };
        let take = |number, ()| {
            now.fetch_sub(cost(number), Ordering::SeqCst);
            Ok(())
        };
        in_order(100, threads(8), 30, cost, || (), work, take).unwrap();
        assert_eq!(most.into_inner(), 1_000);
    }

    #[test]
    fn panics_go_on_in_the_caller() {
        let panics = |in_work: bool| {
            let work = |_: &mut (), number: usize| {
                assert!(!(in_work && number == 20), "worker broke");
                Ok::<_, ()>(number)
            };
            let take = |number, _| {
                assert!(in_work || number != 20, "taker broke");
                Ok(())
            };
            let run = || in_order(500, threads(4), 5, |_| 1, || (), work, take);
            let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
            *panic.downcast::<&str>().unwrap()
        };
        assert_eq!(panics(true), "worker broke");
        assert_eq!(panics(false), "taker broke");
    }
}
