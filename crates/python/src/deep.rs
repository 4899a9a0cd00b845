use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::thread;

/// A parser calls itself for each bracket; only what it touches of this counts.
const STACK_BYTES: usize = 128 << 20;

/// What `work` makes of each of `items`, in their order, by `threads` threads with room for code that is nested deep.
pub(crate) fn map<T: Sync, R: Send>(
    items: &[T],
    threads: NonZeroUsize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let share = items.len().div_ceil(threads.get()).max(1);
    let work = &work;
    thread::scope(|scope| {
        let shares = items.chunks(share).map(|share| {
            let thread = thread::Builder::new().stack_size(STACK_BYTES);
            let run = move || share.iter().map(work).collect::<Vec<R>>();
            (share, thread.spawn_scoped(scope, run))
        });
        let shares: Vec<_> = shares.collect();
        // A system that gives no more threads lets this one do the work.
        let results = shares.into_iter().flat_map(|(share, thread)| match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => share.iter().map(work).collect(),
        });
        results.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_their_order() {
        for threads in 1..5 {
            let threads = NonZeroUsize::new(threads).unwrap();
            let found = map(&[1, 2, 3, 4, 5, 6, 7], threads, |number| number * 2);
            assert_eq!(found, [2, 4, 6, 8, 10, 12, 14]);
            assert!(map(&[], threads, |number: &u8| *number).is_empty());
        }
    }
}
