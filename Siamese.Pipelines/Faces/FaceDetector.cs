using Microsoft.ML.Data;

namespace Siamese.Pipelines.Faces;

/// <summary>Finds faces in pictures, with their five landmarks. Any number of threads may use one at once. Dispose it after use.</summary>
/// <remarks>
/// <para>To use another detector in the whole chain, derive from this class.</para>
/// <para>
/// A face that is small in its picture is missed. Of 35 faces in pictures of 1280 x 960 pixels, <see cref="SsdFaceDetector"/> found none whose box
/// was 2 % of the longer side, 23 at 4 % and all at 8 %; <see cref="YuNetFaceDetector"/> found 19, 33 and all.
/// </para>
/// <para>
/// A photograph that lies on its side or upside down and whose file has no EXIF orientation is embedded wrongly: a face is often found in it, but
/// its landmarks are wrong, and the embedding is as far from the right one as that of another person. Let the detector turn such pictures with
/// <see cref="SsdFaceDetectorOptions.TurnBelowScore"/> or <see cref="YuNetFaceDetectorOptions.TurnBelowScore"/>.
/// </para>
/// </remarks>
public abstract class FaceDetector : IDisposable
{
    /// <summary>Finds the faces of a picture.</summary>
    /// <param name="image">The picture, of any size; upright, unless the detector turns pictures.</param>
    /// <returns>The faces, the surest first; none where there is no face.</returns>
    /// <exception cref="ObjectDisposedException">The detector or the image has been disposed.</exception>
    public IReadOnlyList<DetectedFace> Detect(MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Detect(FacePicture.Read(image));
    }

    /// <summary>Finds the faces of a picture.</summary>
    /// <param name="picture">The picture's pixels.</param>
    /// <returns>The faces, the surest first.</returns>
    public abstract IReadOnlyList<DetectedFace> Detect(FacePicture picture);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the detector owns.</summary>
    /// <param name="disposing">Whether it is called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>Searches a picture as it is and, where that finds no face or only a poor one, also after each of the three quarter turns.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="turnBelowScore">
    /// In [0, 1]. The picture is turned where the largest face has a score below this, and where there is no face. 0 never turns.
    /// </param>
    /// <param name="detect">Finds the faces of a picture, in its own pixels.</param>
    /// <param name="rate">How sure it is that a face was seen upright, in [0, 1], which counts in place of the score; null for the score.</param>
    /// <returns>
    /// The faces of the one turn in which the surest face was found, in the pixels of <paramref name="picture"/>. The landmarks keep the names
    /// that they have where the face stands upright, so that a chip that is aligned by them is upright.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="turnBelowScore"/> is not in [0, 1].</exception>
    protected static IReadOnlyList<DetectedFace> DetectTurned(
        FacePicture picture,
        float turnBelowScore,
        Func<FacePicture, IReadOnlyList<DetectedFace>> detect,
        Func<DetectedFace, float>? rate = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(detect);
        Guard.InRange(turnBelowScore, 0f, 1f, nameof(turnBelowScore));
        rate ??= face => face.Score;
        IReadOnlyList<DetectedFace> faces = detect(picture);
        if (turnBelowScore == 0 || (faces.MaxBy(face => face.Box.Area) is { } largest && rate(largest) >= turnBelowScore))
        {
            return faces;
        }

        // All turns are tried: a wrong one may find a face too, but the right one is surer of it.
        float best = Surest(faces, rate);
        for (int quarters = 1; quarters <= 3; quarters++)
        {
            var turn = new FaceTurn(quarters, picture.Width, picture.Height);
            IReadOnlyList<DetectedFace> turned = detect(picture.Turn(quarters));
            if (Surest(turned, rate) is float surest && surest > best)
            {
                best = surest;
                faces = [.. turned.Select(turn.Back)];
            }
        }

        return faces;
    }

    /// <summary>Greedy non-maximum suppression: takes the highest score, drops what overlaps it, and goes on with the rest.</summary>
    /// <param name="candidates">Boxes and their scores.</param>
    /// <param name="overlap">A box is dropped where its intersection over union with a taken one is above this.</param>
    /// <returns>The indices of the boxes that are left, by falling score.</returns>
    protected static IReadOnlyList<int> Suppress(IReadOnlyList<(FaceBox Box, float Score)> candidates, float overlap)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        var taken = new List<int>();

        // OrderByDescending keeps the order of equal scores, so that one picture gives one result.
        foreach (int index in Enumerable.Range(0, candidates.Count).OrderByDescending(index => candidates[index].Score))
        {
            if (taken.All(other => candidates[other].Box.IntersectionOverUnion(candidates[index].Box) <= overlap))
            {
                taken.Add(index);
            }
        }

        return taken;
    }

    private static float Surest(IReadOnlyList<DetectedFace> faces, Func<DetectedFace, float> rate) => faces.Count == 0 ? 0 : faces.Max(rate);
}
