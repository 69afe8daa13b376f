using Siamese.Pipelines;

namespace Siamese.Galleries.Garnet;

/// <summary>How a gallery is laid out in Garnet, how widely it is searched, and how long a call waits.</summary>
public sealed record GarnetGalleryOptions
{
    /// <summary>Gets into how many vector sets the items are dealt, each of which lives whole on one node of a cluster.</summary>
    /// <value>The default is 6, two for each node of the smallest cluster. A gallery keeps the number it was made with.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 1 to 1,024.</exception>
    public int Shards { get; init => field = Guard.InRange(value, 1, 1024); } = 6;

    /// <summary>Gets how finely the search graph keeps its vectors.</summary>
    /// <value>The default is <see cref="GarnetQuantization.None"/>. A gallery keeps what it was made with.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is no member of the enumeration.</exception>
    public GarnetQuantization Quantization
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Quantization), value, $"{value} is no quantization.");
    }

    /// <summary>Gets M, the greatest number of neighbours of a vector in the search graph. More find more, and take more memory.</summary>
    /// <value>The default is 16, Garnet's own. A gallery keeps the number it was made with.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 4 to 4,096.</exception>
    public int GraphDegree { get; init => field = Guard.InRange(value, 4, 4096); } = 16;

    /// <summary>Gets ef, how many vectors of each shard a search keeps in sight. More find more, and take longer.</summary>
    /// <value>The default is 100, Garnet's own.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 1 to 1,000,000.</exception>
    public int ExplorationFactor { get; init => field = Guard.InRange(value, 1, 1_000_000); } = 100;

    /// <summary>Gets how many candidates of the graph are compared exactly, by the embeddings themselves, for each match that is wanted.</summary>
    /// <value>The default is 1, which is enough without quantization.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 1 to 1,000.</exception>
    public int Oversampling { get; init => field = Guard.InRange(value, 1, 1000); } = 1;

    /// <summary>Gets how long a connection or a command may take before it has failed.</summary>
    /// <value>The default is 5 seconds. Of a multiplexer that is the caller's, its own timeouts hold.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 1 millisecond to 1 day.</exception>
    public TimeSpan Timeout
    {
        get;
        init => field = TimeSpan.FromMilliseconds(Guard.InRange(value.TotalMilliseconds, 1, MillisecondsOfADay, nameof(Timeout)));
    } = TimeSpan.FromSeconds(5);

    /// <summary>Gets for how long a command that has failed is sent again: while a node starts anew, a replica takes over, or a slot moves.</summary>
    /// <remarks>Searches wait as long for vectors that are added again after a take-over (see <see cref="GarnetGallery.RepairAsync"/>).</remarks>
    /// <value>The default is 5 seconds; zero sends each command once.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or more than 1 day.</exception>
    public TimeSpan RetryFor
    {
        get;
        init => field = TimeSpan.FromMilliseconds(Guard.InRange(value.TotalMilliseconds, 0, MillisecondsOfADay, nameof(RetryFor)));
    } = TimeSpan.FromSeconds(5);

    /// <summary>Gets how many replicas must have what a call wrote before the call ends.</summary>
    /// <value>
    /// The default is 0: a replica that takes over from a node that died for good may lack what was written last. With 1 or more it has all that
    /// was acknowledged; a call fails where there are not so many.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Replicas { get; init => field = Guard.AtLeast(value, 0); }

    private const double MillisecondsOfADay = 86_400_000;
}
