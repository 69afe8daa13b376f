namespace Siamese.Galleries.Garnet;

/// <summary>A shard that has come to another primary since its vectors were last found whole.</summary>
/// <param name="Shard">Which.</param>
/// <param name="Primary">The name of its primary now.</param>
/// <param name="LookedAfter">What was said when it was last looked after; null if it never was.</param>
internal readonly record struct MovedShard(int Shard, string Primary, string? LookedAfter)
{
    /// <summary>Gets what is said once it has been looked after on its primary, which may yet lose vectors.</summary>
    public string Once => $"{Primary} once";

    /// <summary>Gets whether nobody has looked after it on its primary.</summary>
    public bool IsFirst => LookedAfter != Once;
}
