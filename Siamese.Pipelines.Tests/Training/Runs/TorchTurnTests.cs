using Microsoft.ML;
using Siamese.Training;
using static Siamese.Pipelines.Tests.Training.SmallRun;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training.Runs;

[NonParallelizable]
public sealed class TorchTurnTests
{
    private readonly IDataView _rows = StripedImages.View(new MLContext(seed: 1), perClass: 10);

    [Test]
    public void One_seed_gives_one_network_however_many_runs_there_are_at_once()
    {
        TripletNetworkOptions options = Small with { Network = WithDropout, Epochs = 3 };
        string alone = Identity(_rows, options);
        var found = new string[4];

        Thread[] threads = [.. found.Select((_, i) => new Thread(() => found[i] = Identity(_rows, options with { Threads = 1 + (i % 2) })))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.That(found[0], Is.EqualTo(alone));
        Assert.That(found[2], Is.EqualTo(alone));
        Assert.That(found[3], Is.EqualTo(found[1]));
    }

    [Test]
    public void A_run_leaves_generator_and_threads_as_they_were([Values(false, true)] bool fails)
    {
        int threads = get_num_threads();
        manual_seed(5);
        using Tensor expected = rand(4);
        manual_seed(5);
        TripletNetworkOptions options = Small with { Threads = threads + 1, Progress = new Listener(_ => ThrowIf(fails)) };

        Assert.That(() => Identity(_rows, options), fails ? Throws.TypeOf<IOException>() : Throws.Nothing);

        using Tensor found = rand(4);
        Assert.That(found.data<float>().ToArray(), Is.EqualTo(expected.data<float>().ToArray()));
        Assert.That(get_num_threads(), Is.EqualTo(threads));
    }

    [Test]
    public void A_run_learns_where_the_caller_wants_no_gradients()
    {
        string expected = Identity(_rows, Small);

        using (no_grad())
        {
            Assert.That(Identity(_rows, Small), Is.EqualTo(expected));
            Assert.That(is_grad_enabled(), Is.False);
        }
    }

    [Test]
    public void A_run_from_within_another_is_refused_and_the_other_goes_on([Values(false, true)] bool inTask)
    {
        string expected = Identity(_rows, Small);
        var refused = new List<Exception>();
        Func<string> again = () => Identity(_rows, Small);
        TripletNetworkOptions options = Small with
        {
            Progress = new Listener(_ =>
            {
                try
                {
                    string network = inTask ? Task.Run(again).GetAwaiter().GetResult() : again();
                    Assert.Fail(network);
                }
                catch (InvalidOperationException exception)
                {
                    refused.Add(exception);
                }
            }),
        };

        Assert.That(Identity(_rows, options), Is.EqualTo(expected));
        Assert.That(refused.Select(exception => exception.Message), Has.Some.Contains("within another"));
        Assert.That(again(), Is.EqualTo(expected));
    }

    [Test]
    public async Task A_task_of_a_run_may_train_once_the_run_has_ended()
    {
        var ended = new TaskCompletionSource();
        Task<string>? later = null;
        string expected = Identity(_rows, Small with
        {
            Progress = new Listener(_ => later ??= Task.Run(async () =>
            {
                await ended.Task;
                return Identity(_rows, Small);
            })),
        });

        ended.SetResult();

        Assert.That(await later!, Is.EqualTo(expected));
    }

    [Test]
    public void Waiting_for_another_run_can_be_cancelled()
    {
        using var inside = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        var first = new Thread(() => Identity(_rows, Small with
        {
            Progress = new Listener(_ =>
            {
                inside.Set();
                leave.Wait();
            }),
        }));
        first.Start();
        inside.Wait();

        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        Assert.That(() => Identity(_rows, Small with { CancellationToken = cancellation.Token }), Throws.InstanceOf<OperationCanceledException>());

        leave.Set();
        first.Join();
    }

    private static void ThrowIf(bool fails)
    {
        if (fails)
        {
            throw new IOException("Stop.");
        }
    }
}
