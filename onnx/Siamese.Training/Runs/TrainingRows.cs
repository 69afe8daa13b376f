using Siamese.Pipelines.Images;

namespace Siamese.Training.Runs;

/// <summary>All that a run learns from, in memory.</summary>
/// <param name="Pixels">The pixels of N images.</param>
/// <param name="Labels">N classes, numbered from 0.</param>
/// <param name="Classes">What each class is called, for messages.</param>
/// <param name="Input">What the network shall see.</param>
/// <param name="Fingerprint">A hash of pixels and labels.</param>
/// <param name="Resized">Whether an image had another size than <paramref name="Input"/>'s.</param>
internal sealed record TrainingRows(
    PixelStore Pixels, int[] Labels, IReadOnlyList<string> Classes, ImageInput Input, string Fingerprint, bool Resized)
{
    /// <summary>Gets where each of the N images stands among the rows of the view, ascending: rows without a label are left out.</summary>
    /// <value>By default none is.</value>
    public int[] Positions { get; init; } = [.. Enumerable.Range(0, Labels.Length)];

    /// <summary>Gets how many rows the view has.</summary>
    public int RowCount { get; init; } = Labels.Length;

    /// <summary>Gets how many rows were left out.</summary>
    public int WithoutLabel => RowCount - Positions.Length;

    /// <summary>Gives a split of the images as one of the rows of the view.</summary>
    public RowSplit InView(RowSplit split) =>
        new(Array.ConvertAll(split.Training, row => Positions[row]), Array.ConvertAll(split.HeldOut, row => Positions[row]));
}
