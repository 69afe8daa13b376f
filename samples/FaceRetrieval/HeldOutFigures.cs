namespace Siamese.Samples.FaceRetrieval;

/// <summary>How many of the faces that were held out find their person among the others.</summary>
internal sealed record HeldOutFigures(int References, int Queries, int Right);
