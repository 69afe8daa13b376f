namespace Siamese.Samples.Drawing;

/// <summary>A scatter plot among others.</summary>
/// <param name="Title">In bold, above.</param>
/// <param name="Cloud">The points.</param>
/// <param name="Caption">Lines beneath.</param>
public sealed record CloudPanel(string Title, Cloud Cloud, IReadOnlyList<string> Caption);
