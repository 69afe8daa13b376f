namespace Siamese.Samples.GalleryServer;

/// <summary>What was found in a photograph.</summary>
/// <param name="Width">Pixels across, upright.</param>
/// <param name="Height">Pixels down, upright.</param>
/// <param name="Faces">The faces, the largest first.</param>
internal sealed record FaceReading(int Width, int Height, IReadOnlyList<FoundFace> Faces)
{
    /// <summary>Gives the face that is to be enrolled.</summary>
    /// <param name="index">Its index; null where there is but one.</param>
    public FoundFace Choose(int? index) => (Faces.Count, index) switch
    {
        (0, _) => throw Refusal("No face was found in the photograph.", "Take one in which the face is larger, sharper or better lit."),
        (1, null) => Faces[0],
        (_, null) => throw Refusal($"The photograph shows {Faces.Count} faces.", Which),
        (_, { } face) when face >= 0 && face < Faces.Count => Faces[face],
        _ => throw Refusal($"The photograph shows {Faces.Count} faces, but face is {index}.", Which),
    };

    private string Which => $"Say which one to enrol by face, from 0 to {Faces.Count - 1}, in the order of the search.";

    private static ProblemException Refusal(string detail, string remedy) =>
        new(StatusCodes.Status422UnprocessableEntity, "There is no such face.", detail, remedy);
}
