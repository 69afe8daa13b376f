namespace Siamese.Pipelines.Verification;

/// <summary>Two images of which is known whether they show the same.</summary>
/// <param name="First">The path of one, below the folder of images, with <c>/</c> between its parts.</param>
/// <param name="Second">The path of the other.</param>
/// <param name="IsSame">Whether they show one class, such as one person.</param>
/// <param name="Fold">The part of the pairs that it belongs to, from 0.</param>
public sealed record ImagePair(string First, string Second, bool IsSame, int Fold);
