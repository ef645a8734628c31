//! The pools, behind one trait.

use std::{
    convert::Infallible,
    fmt::Debug,
    future::Future,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use pool::Created;

/// What is lent: its number, 1 for the first that was made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resource(pub(crate) u64);

/// Makes the resources of every pool.
#[derive(Debug, Clone, Default)]
pub(crate) struct Maker {
    /// How long it takes to make one.
    delay: Duration,
    begun: Arc<AtomicU64>,
}

impl Maker {
    pub(crate) fn slow(delay: Duration) -> Self {
        let begun = Arc::default();
        Self { delay, begun }
    }

    /// How many were begun, whatever became of them.
    pub(crate) fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    async fn make(&self) -> Resource {
        let number = self.begun.fetch_add(1, Ordering::Relaxed) + 1;
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        Resource(number)
    }
}

/// A pool. `acquire` gives the future of the pool itself, so that its size is that of the pool's own.
pub(crate) trait Contestant: Send + Sync + Sized + 'static {
    const NAME: &'static str;
    type Error: Debug + Send;
    type Lease<'a>: Deref<Target = Resource> + Send;

    /// A pool of at most `size` resources, which makes them as they are asked for; inside a runtime.
    fn new(size: usize, maker: Maker) -> Self;

    fn acquire(&self) -> impl Future<Output = Result<Self::Lease<'_>, Self::Error>> + Send;
}

pub(crate) struct Ours(pool::Pool<Maker>);

impl Contestant for Ours {
    const NAME: &'static str = "ours";
    type Error = pool::AcquireError<Infallible>;
    type Lease<'a> = pool::Lease<'a, Maker>;

    fn new(size: usize, maker: Maker) -> Self {
        Self(ours(size, maker))
    }

    fn acquire(&self) -> impl Future<Output = Result<Self::Lease<'_>, Self::Error>> + Send {
        self.0.acquire()
    }
}

/// Ours, with leases that do not borrow the pool.
pub(crate) struct Owned(pool::Pool<Maker>);

impl Contestant for Owned {
    const NAME: &'static str = "ours, owned";
    type Error = pool::AcquireError<Infallible>;
    type Lease<'a> = pool::OwnedLease<Maker>;

    fn new(size: usize, maker: Maker) -> Self {
        Self(ours(size, maker))
    }

    fn acquire(&self) -> impl Future<Output = Result<Self::Lease<'_>, Self::Error>> + Send {
        self.0.acquire_owned()
    }
}

fn ours(max_size: usize, maker: Maker) -> pool::Pool<Maker> {
    let config = pool::Config {
        max_size,
        ..pool::Config::default()
    };
    pool::Pool::new(maker, config).expect("the settings are valid")
}

impl pool::Manager for Maker {
    type Resource = Resource;
    type Key = ();
    type Error = Infallible;

    async fn create(&self) -> Result<Created<Resource>, Infallible> {
        Ok(Created::new(self.make().await))
    }
}

pub(crate) struct Deadpool(deadpool::managed::Pool<Maker>);

impl Contestant for Deadpool {
    const NAME: &'static str = "deadpool";
    type Error = deadpool::managed::PoolError<Infallible>;
    type Lease<'a> = deadpool::managed::Object<Maker>;

    fn new(size: usize, maker: Maker) -> Self {
        let builder = deadpool::managed::Pool::builder(maker)
            .max_size(size)
            .runtime(deadpool::Runtime::Tokio1);
        Self(builder.build().expect("it has a runtime"))
    }

    fn acquire(&self) -> impl Future<Output = Result<Self::Lease<'_>, Self::Error>> + Send {
        self.0.get()
    }
}

/// deadpool with the time limits that ours has by default.
pub(crate) struct Limited(deadpool::managed::Pool<Maker>);

impl Contestant for Limited {
    const NAME: &'static str = "deadpool, limits";
    type Error = deadpool::managed::PoolError<Infallible>;
    type Lease<'a> = deadpool::managed::Object<Maker>;

    fn new(size: usize, maker: Maker) -> Self {
        let defaults = pool::Config::default();
        let limits = deadpool::managed::Timeouts {
            wait: Some(defaults.acquire_timeout),
            create: Some(defaults.create_timeout),
            recycle: Some(defaults.recycle_timeout),
        };
        let builder = deadpool::managed::Pool::builder(maker)
            .max_size(size)
            .timeouts(limits)
            .runtime(deadpool::Runtime::Tokio1);
        Self(builder.build().expect("it has a runtime"))
    }

    fn acquire(&self) -> impl Future<Output = Result<Self::Lease<'_>, Self::Error>> + Send {
        self.0.get()
    }
}

impl deadpool::managed::Manager for Maker {
    type Type = Resource;
    type Error = Infallible;

    async fn create(&self) -> Result<Resource, Infallible> {
        Ok(self.make().await)
    }

    async fn recycle(
        &self,
        _resource: &mut Resource,
        _metrics: &deadpool::managed::Metrics,
    ) -> deadpool::managed::RecycleResult<Infallible> {
        Ok(())
    }
}

pub(crate) struct Bb8(bb8::Pool<Maker>);

impl Contestant for Bb8 {
    const NAME: &'static str = "bb8";
    type Error = bb8::RunError<Infallible>;
    type Lease<'a> = bb8::PooledConnection<'a, Maker>;

    fn new(size: usize, maker: Maker) -> Self {
        let builder = bb8::Pool::builder()
            .max_size(u32::try_from(size).expect("sizes are small"))
            .test_on_check_out(false)
            .max_lifetime(None)
            .idle_timeout(None);
        Self(builder.build_unchecked(maker))
    }

    fn acquire(&self) -> impl Future<Output = Result<Self::Lease<'_>, Self::Error>> + Send {
        self.0.get()
    }
}

impl bb8::ManageConnection for Maker {
    type Connection = Resource;
    type Error = Infallible;

    async fn connect(&self) -> Result<Resource, Infallible> {
        Ok(self.make().await)
    }

    async fn is_valid(&self, _resource: &mut Resource) -> Result<(), Infallible> {
        Ok(())
    }

    fn has_broken(&self, _resource: &mut Resource) -> bool {
        false
    }
}

pub(crate) struct Mobc(mobc::Pool<Maker>);

impl Contestant for Mobc {
    const NAME: &'static str = "mobc";
    type Error = mobc::Error<Infallible>;
    type Lease<'a> = mobc::Connection<Maker>;

    fn new(size: usize, maker: Maker) -> Self {
        // It would keep two of them and throw the others away.
        let size = size as u64;
        let builder = mobc::Pool::builder().max_open(size).max_idle(size);
        Self(builder.test_on_check_out(false).build(maker))
    }

    fn acquire(&self) -> impl Future<Output = Result<Self::Lease<'_>, Self::Error>> + Send {
        self.0.get()
    }
}

#[mobc::async_trait]
impl mobc::Manager for Maker {
    type Connection = Resource;
    type Error = Infallible;

    async fn connect(&self) -> Result<Resource, Infallible> {
        Ok(self.make().await)
    }

    async fn check(&self, resource: Resource) -> Result<Resource, Infallible> {
        Ok(resource)
    }
}

pub(crate) struct Asyncband(Arc<asyncband::pool::bounded::Pool<Maker>>);

impl Contestant for Asyncband {
    const NAME: &'static str = "asyncband";
    type Error = Infallible;
    type Lease<'a> = asyncband::pool::bounded::Object<Maker>;

    fn new(size: usize, maker: Maker) -> Self {
        let config = asyncband::pool::bounded::PoolConfig::new(size);
        Self(asyncband::pool::bounded::Pool::new(config, maker))
    }

    fn acquire(&self) -> impl Future<Output = Result<Self::Lease<'_>, Self::Error>> + Send {
        self.0.get()
    }
}

impl asyncband::pool::ManageObject for Maker {
    type Object = Resource;
    type Error = Infallible;

    async fn create(&self) -> Result<Resource, Infallible> {
        Ok(self.make().await)
    }

    async fn is_recyclable(
        &self,
        _resource: &mut Resource,
        _status: &asyncband::pool::ObjectStatus,
    ) -> Result<(), Infallible> {
        Ok(())
    }
}

pub(crate) struct FastPool(fast_pool::Pool<Maker>);

impl Contestant for FastPool {
    const NAME: &'static str = "fast_pool";
    type Error = String;
    type Lease<'a> = fast_pool::ConnectionGuard<Maker>;

    fn new(size: usize, maker: Maker) -> Self {
        let pool = fast_pool::Pool::new(maker);
        pool.set_max_open(size as u64);
        // At most 32 otherwise, and those beyond would be thrown away.
        pool.set_max_idle_conns(size as u64);
        Self(pool)
    }

    fn acquire(&self) -> impl Future<Output = Result<Self::Lease<'_>, Self::Error>> + Send {
        self.0.get()
    }
}

impl fast_pool::Manager for Maker {
    type Connection = Resource;
    type Error = String;

    async fn connect(&self) -> Result<Resource, String> {
        Ok(self.make().await)
    }

    async fn check(&self, _resource: &mut Resource) -> Result<(), String> {
        Ok(())
    }
}
