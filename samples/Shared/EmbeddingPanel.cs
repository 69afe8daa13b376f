namespace Siamese.Samples.Shared;

/// <summary>One of the scatter plots of <see cref="Figures.EmbeddingGrid"/>.</summary>
/// <param name="Title">Such as "margin 0.2".</param>
/// <param name="Points">N points, all finite.</param>
/// <param name="Classes">As many, from 0, or <see cref="Figures.Unknown"/>.</param>
/// <param name="Caption">Lines beneath, such as "accuracy 98.9 %"; a line too long is cut short.</param>
public sealed record EmbeddingPanel(
    string Title, IReadOnlyList<PlanePoint> Points, IReadOnlyList<int> Classes, params IReadOnlyList<string> Caption);
